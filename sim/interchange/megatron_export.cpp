#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/config/fixed_plan.hpp"
#include "sim/interchange/megatron.hpp"

namespace fleetcast::interchange {
namespace {

using config::Scenario;

/// Collects what has no flag.
struct Refusals {
  const Scenario& scenario;
  std::vector<config::Problem> problems;

  void add(const char* key, std::string what) {
    problems.push_back(config::problem_at(scenario.plan_at, key, std::move(what)));
  }
};

void refuse_model(const Transformer& model, Refusals& refusals) {
  if (model.gated && model.activation == "geglu")
    refusals.add("model.activation", "geglu has no flag");
  if (model.sliding_window > 0)
    refusals.add("model.sliding_window", "is not written as a flag yet");
}

/// As cut_layers() cuts: equal chunks, and where layers lack, one less at the end, then at the
/// start.
void cut(const Transformer& model, const Plan& plan, Args& out, Refusals& refusals) {
  const long chunks = long{plan.pp} * plan.vp;
  const long a_chunk = (out.layers + chunks - 1) / chunks;
  const long lacking = a_chunk * chunks - out.layers;
  if (lacking > 2 || (lacking > 0 && model.mtp_layers > 0))
    refusals.add("plan.pp",
                 fmt::format("Megatron-LM has no flags that cut {} layers into {} stages",
                             out.layers, chunks));
  out.without_loss_layer = lacking >= 1;
  out.without_embedding_layer = lacking == 2;
  if (plan.vp > 1) out.layers_a_chunk = a_chunk;
}

void recompute(const Recompute& again, Args& out, Refusals& refusals) {
  if (again.every_other || again.kept_products != 0)
    refusals.add("plan.recompute", "Megatron-LM has no flags for it");
  if (again.full) {
    out.granularity = "full";
    out.method = again.full_layers > 0 ? "block" : "uniform";
    out.recompute_layers = again.full_layers > 0 ? std::lround(again.full_layers) : 1;
    return;
  }
  unsigned left = again.modules;
  for (const std::string_view module : kMegatronModules) {
    const unsigned bits = find_recompute(module)->value.modules;
    if ((again.modules & bits) != bits) continue;
    out.modules.emplace_back(module);
    left &= ~bits;
  }
  if (!out.modules.empty()) out.granularity = "selective";
  if (left != 0) refusals.add("plan.recompute_modules", "Megatron-LM has no flags for one of them");
}

void precision(const Scenario& scenario, Args& out, Refusals& refusals) {
  const std::string_view key =
      scenario.spec.precisions.empty() ? kBf16.key : scenario.spec.precisions.front()->key;
  const auto row = std::find_if(kMegatronPrecisions.begin(), kMegatronPrecisions.end(),
                                [&](const MegatronPrecision& p) { return p.key == key; });
  if (row == kMegatronPrecisions.end())
    return refusals.add("precisions", "Megatron-LM has no flags for " + std::string(key));
  out.bf16 = !row->fp16;
  out.fp16 = row->fp16;
  out.fp8_format = row->fp8_format;
  out.fp8_recipe = row->fp8_recipe;
  out.fp4_format = row->fp4_format;
}

void parallel(const Scenario& scenario, const Plan& plan, Args& out, Refusals& refusals) {
  const auto node = static_cast<long>(scenario.systems.front().system.cluster.node_gpus);
  out.gpus_a_node = std::min<long>(node, plan.gpus());
  out.nodes = plan.gpus() / out.gpus_a_node;
  if (out.nodes * out.gpus_a_node != plan.gpus())
    refusals.add("gpus", fmt::format("{} are no whole nodes of {}", plan.gpus(), node));
  out.tp = plan.tp;
  out.pp = plan.pp;
  out.cp = plan.cp;
  out.ep = plan.ep;
  out.etp = scenario.model.is_moe() ? plan.etp : 0;
  out.sequence_parallel = plan.tp > 1 && plan.sequence_parallel;
  out.distributed_optimizer = plan.zero >= 1;
  out.fsdp = plan.zero >= 2;
  if (out.fsdp) {
    out.sharding = kShardings[static_cast<std::size_t>(plan.zero - 2)];
    out.checkpoints = "fsdp_dtensor";  // the only one that Megatron's FSDP writes
  }
  out.ep_overlap = plan.ep_overlap;
  if (plan.shard_group > 0) refusals.add("plan.shard_group", "is not written as a flag yet");
  const bool known = plan.schedule == (plan.vp > 1 ? &kInterleaved : &kOneFOneB);
  if (!known && plan.pp > 1)
    refusals.add("plan.schedule", "Megatron-LM runs 1f1b, or interleaved when vp is above 1, not " +
                                      std::string(plan.schedule->key));
}

std::string value_of(const Args& args, const Flag& flag) {
  return std::visit(
      [&](auto member) -> std::string {
        using Value = std::remove_cvref_t<decltype(args.*member)>;
        const Value& value = args.*member;
        if (value == Args{}.*member) return "";
        if constexpr (std::is_same_v<Value, bool>)
          return std::string(flag.key);
        else if constexpr (std::is_same_v<Value, std::vector<std::string>>)
          return fmt::format("{} {}", flag.key, fmt::join(value, " "));
        else if constexpr (std::is_same_v<Value, std::string>)
          return fmt::format("{} {}", flag.key, value.starts_with('(') ? "'" + value + "'" : value);
        else
          return fmt::format("{} {}", flag.key, value);
      },
      flag.member);
}

std::string text_of(const Args& args) {
  std::string out = "torchrun";
  for (std::size_t i = 0; i < kFlags.size(); ++i) {
    if (i == kFirstOfProgram) out += " pretrain_gpt.py";
    const std::string text = value_of(args, kFlags[i]);
    if (!text.empty()) out += (i < kFirstOfProgram ? " " : " \\\n  ") + text;
  }
  return out + "\n";
}

/// Which layers have experts, as --moe-layer-freq wants it.
std::string moe_layers(const Transformer& m) {
  if (m.moe_every > 1)
    return fmt::format("([0]*{}+[1])*{}", m.moe_every - 1, std::floor(m.layers / m.moe_every));
  if (m.first_dense_layers > 0)
    return fmt::format("([0]*{}+[1]*{})", m.first_dense_layers, m.moe_layers());
  return "1";
}

void add_experts(const Transformer& m, MegatronModel& out) {
  out.experts = std::lround(m.experts);
  out.top_k = std::lround(m.top_k);
  out.moe_ffn_hidden = std::lround(m.moe_ffn_hidden);
  out.shared_ffn_hidden = std::lround(m.shared_experts * m.shared_expert_ffn_hidden);
  out.moe_layers = moe_layers(m);
}

void add_latent(const LatentAttention& mla, MegatronModel& out) {
  out.latent = true;
  out.q_lora_rank = std::lround(mla.q_lora_rank);
  out.kv_lora_rank = std::lround(mla.kv_lora_rank);
  out.qk_head_dim = std::lround(mla.qk_nope_head_dim);
  out.qk_pos_dim = std::lround(mla.qk_rope_head_dim);
  out.v_head_dim = std::lround(mla.v_head_dim);
}

}  // namespace

MegatronModel megatron_model(const Transformer& m) {
  MegatronModel out;
  out.layers = std::lround(m.layers);
  out.hidden = std::lround(m.hidden);
  out.ffn_hidden = std::lround(m.ffn_hidden);
  out.heads = std::lround(m.heads);
  if (!m.is_latent() && m.head_size() * m.heads != m.hidden)
    out.kv_channels = std::lround(m.head_size());
  out.grouped_query = !m.is_latent() && m.kv_heads != m.heads;
  if (out.grouped_query) out.query_groups = std::lround(m.kv_heads);
  out.vocab = std::lround(m.vocab);
  out.swiglu = m.gated;
  out.squared_relu = m.activation == "squared_relu";
  if (m.gated) out.norm = "RMSNorm";
  if (m.learned_positions == 0) out.positions = "rope";
  out.no_biases = !m.biases;
  out.untied = !m.tied_embeddings;
  if (m.is_moe()) add_experts(m, out);
  if (m.is_latent()) add_latent(*m.mla, out);
  out.mtp_layers = std::lround(m.mtp_layers);
  return out;
}

std::string megatron_command(const Scenario& scenario) {
  const config::FixedPlan fixed = config::fixed_plan(scenario);
  Args args;
  static_cast<MegatronModel&>(args) = megatron_model(scenario.model);
  Refusals refusals{scenario, {}};
  refuse_model(scenario.model, refusals);
  parallel(scenario, fixed.plan, args, refusals);
  cut(scenario.model, fixed.plan, args, refusals);
  recompute(fixed.plan.recompute, args, refusals);
  precision(scenario, args, refusals);
  args.seq_len = std::lround(scenario.spec.training.seq_len);
  args.micro_batch = fixed.plan.micro_batch;
  args.global_batch = std::lround(fixed.global_batch);
  if (!refusals.problems.empty()) throw config::ConfigError(refusals.problems);
  return text_of(args);
}

}  // namespace fleetcast::interchange
