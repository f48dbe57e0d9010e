#include "sim/step/lower.hpp"

#include <algorithm>
#include <cmath>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

/// Traffic of one optimizer step (SimuMax walks the same passes): the shard's gradient, master
/// weight and moments are read, the latter two written with the new weight; local gradients are
/// zeroed and read for the norm, and weights cast anew to the recipe's format.
Bytes optimizer_traffic(const Pricing& pricing, double shard, double local) {
  const Stack& stack = *pricing.stack;
  const double per_shard = 2.0 * stack.optimizer_bytes + stack.grad_bytes + 2.0;
  const double per_local = 2.0 * stack.grad_bytes + pricing.precision->quantize_bytes;
  return Bytes{shard * per_shard + local * per_local};
}

StateExchange state_exchange(LayerKind kind, const Pricing& pricing, const Plan& plan,
                             const Split& split) {
  StateExchange out;
  const Network& network = pricing.system->network;
  const RankParameters p = rank_parameters(kind, *pricing.job.model, pricing.parameters, split);
  for (const auto& [count, group] :
       {std::pair{p.dense, Group::kData}, std::pair{p.expert, Group::kExpertData}}) {
    if (count == 0.0) continue;
    const NetworkGroup ranks = group_of(group, plan, network);
    const Bytes gradients{count * pricing.stack->grad_bytes};
    if (plan.zero == 0) {
      out.reduce += collective_time(CollectiveOp::kAllReduce, gradients, ranks, network);
      continue;
    }
    out.reduce += collective_time(CollectiveOp::kReduceScatter, gradients, ranks, network);
    out.gather += collective_time(CollectiveOp::kAllGather,
                                  Bytes{count * gather_bytes(pricing)}, ranks,
                                  network);
  }
  return out;
}

}  // namespace

int copies_of_weights(LayerKind kind, int layers) {
  return kind == LayerKind::kLogits ? std::min(layers, 1) : layers;
}

namespace {

RankParameters stage_parameters(const Pricing& pricing, const Step& step, int stage,
                                const Split& split) {
  RankParameters sum;
  for (int c = 0; c < step.plan.vp; ++c) {
    const int v = step.plan.schedule->virtual_stage(
        stage, c, {step.plan.pp, step.plan.vp, step.plan.micro_batches});
    const ChunkLayers& chunk = step.chunks[static_cast<std::size_t>(v)];
    for (int k = 0; k < kLayerKindCount; ++k) {
      const auto kind = static_cast<LayerKind>(k);
      const RankParameters p =
          rank_parameters(kind, *pricing.job.model, pricing.parameters, split);
      const int count = copies_of_weights(kind, chunk.of(kind));
      sum.dense += p.dense * count;
      sum.expert += p.expert * count;
    }
  }
  return sum;
}

Seconds optimizer_time(const Pricing& pricing, const Step& step, const Split& split) {
  const Holding h = holding_of(step.plan);
  Seconds slowest{};
  for (int stage = 0; stage < step.plan.pp; ++stage) {
    const RankParameters p = stage_parameters(pricing, step, stage, split);
    const double shard = p.dense / h.optimizer + p.expert / h.expert_optimizer;
    const double local = p.dense / h.weights + p.expert / h.expert_weights;
    const Traffic traffic{MemoryKind::kOptimizer, optimizer_traffic(pricing, shard, local), 4.0};
    slowest = std::max(slowest, memory_time(traffic, pricing.system->chip));
  }
  return slowest;
}

/// Mean of the largest of n standard normal values, in standard deviations: all ranks wait for the
/// slowest. Asymptotic form (Cramer 1946, section 28.6).
double expected_maximum(int n) {
  if (n < 2) return 0.0;
  const double root = std::sqrt(2.0 * std::log(n));
  constexpr double kLog4Pi = 2.5310242469692907;
  return std::max(0.0, root - (std::log(std::log(n)) + kLog4Pi) / (2.0 * root));
}

void fill_programs(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out) {
  for (int k = 0; k < kLayerKindCount; ++k) {
    bool used = false;
    for (const ChunkLayers& chunk : out.chunks)
      used = used || chunk.count[static_cast<std::size_t>(k)] > 0;
    out.programs[static_cast<std::size_t>(k)] =
        used ? &cache.find_or_lower(static_cast<LayerKind>(k), pricing, plan) : nullptr;
  }
}

}  // namespace

double gather_bytes(const Pricing& p) {
  return p.stack->fp8_params ? p.precision->param_gather_bytes : 2.0;
}

double weight_bytes(const Pricing& p) {
  return p.stack->fp8_params ? p.precision->weight_bytes - 2.0 * (p.precision->weight_bytes > 2.0)
                             : p.precision->weight_bytes;
}

NetworkGroup group_of(Group group, const Plan& plan, const Network& network) {
  const GroupPlace p = place(group, plan);
  return strided_group(p.size, p.stride, network);
}

std::size_t ProgramCache::Hash::operator()(const Key& key) const {
  std::size_t h = 1469598103934665603ULL;  // FNV-1a
  for (const int v : key.part) h = (h ^ static_cast<std::size_t>(v)) * 1099511628211ULL;
  return h;
}

ProgramCache::Key ProgramCache::key_for(LayerKind kind, const Plan& p) {
  const bool sharded = p.zero >= 3;
  const bool partial = p.recompute.full && p.recompute.full_layers > 0;
  const bool moe = kind == LayerKind::kMoe;
  return {{static_cast<int>(kind), p.tp, p.cp, moe ? p.ep : 0, moe ? p.etp : 0, p.micro_batch,
           p.recompute.modules + (p.recompute.full ? 65536 : 0),
           (p.sequence_parallel ? 1 : 0) + (p.ep_overlap ? 2 : 0), sharded ? p.dp : 0,
           sharded ? p.shard_group : 0, partial ? p.pp * p.vp : 0,
           static_cast<int>(p.recompute.full_layers)}};
}

const LayerProgram& ProgramCache::find_or_lower(LayerKind kind, const Pricing& pricing,
                                                const Plan& plan) {
  const Key key = key_for(kind, plan);
  const auto found = programs_.find(key);
  if (found != programs_.end()) return found->second;
  LayerProgram program = lower_layer(kind, pricing, plan);
  program.id = next_id_++;
  return programs_.emplace(key, program).first->second;
}

void ProgramCache::clear() {
  programs_.clear();
  next_id_ = 0;
}

void lower(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out) {
  const Network& network = pricing.system->network;
  const Split split = split_of(pricing.job, plan, *pricing.precision, *pricing.stack);
  out.plan = plan;
  if (plan.layout != nullptr) {
    out.chunks = *plan.layout;
  } else {
    out.chunks.resize(static_cast<std::size_t>(plan.pp) * plan.vp);
    cut_layers(*pricing.job.model, out.chunks);
  }
  fill_programs(pricing, plan, cache, out);
  out.states = {};
  if (plan.zero < 3)
    for (int k = 0; k < kLayerKindCount; ++k)
      if (out.programs[static_cast<std::size_t>(k)] != nullptr)
        out.states[static_cast<std::size_t>(k)] =
            state_exchange(static_cast<LayerKind>(k), pricing, plan, split);
  out.hop = {};
  if (plan.pp > 1) {
    const NetworkGroup pair = strided_group(2, place(Group::kPipeline, plan).stride, network);
    const Bytes activations{2.0 * split.norm_tokens() * pricing.job.model->hidden};
    out.hop = collective_time(CollectiveOp::kSendRecv, activations, pair, network);
  }
  out.optimizer = optimizer_time(pricing, out, split);
  out.overhead = pricing.stack->step_overhead;
  out.overlap_reduce = pricing.stack->overlap_grad_reduce;
  out.overlap_gather = pricing.stack->overlap_param_gather;
  out.straggler = 1.0 + pricing.system->cluster.reliability.speed_spread *
                            expected_maximum(plan.gpus());
}

}  // namespace fleetcast
