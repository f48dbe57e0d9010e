#include "sim/validation/case.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/nearest.hpp"
#include "models/cost/schedule.hpp"
#include "sim/validation/knobs.hpp"
#include "sim/validation/names.hpp"

namespace fleetcast {
namespace {

using config::Measurement;

bool contains(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

void set_network(Cluster& cluster, const config::RowNetwork& network) {
  for (std::size_t t = 1; t < cluster.tiers.size(); ++t) {
    Tier& tier = cluster.tiers[t];
    if (network.scale_out_per_gpu) tier.bandwidth = *network.scale_out_per_gpu;
    const bool last = t + 1 == cluster.tiers.size();
    if (network.pod_gpus > 0 && !last) tier.gpus = network.pod_gpus;
    if (last) tier.oversubscription = std::max(1.0, network.pod_oversubscription);
  }
}

/// The recipe a source's words stand for. Sources that say no more than "fp8" meant the scaling of
/// their time: delayed, per tensor.
const Precision* precision_of(const std::string& text, Case& out) {
  if (const Precision* known = find_precision(text); known != nullptr) return known;
  const auto assume = [&](const char* key) {
    out.notes.push_back("precision \"" + text + "\" taken as " + key);
    return find_precision(key);
  };
  if (text.empty()) return assume("bf16");
  if (contains(text, "fp4")) return assume("nvfp4");
  if (contains(text, "mxfp8")) return assume("mxfp8");
  if (contains(text, "block") || text == "fp8 + bf16") return assume("fp8-blockwise");
  if (contains(text, "current") || contains(text, "tensorwise")) return assume("fp8-current");
  if (contains(text, "fp8")) return assume("fp8-delayed");
  if (contains(text, "bf16")) return assume("bf16");
  if (contains(text, "fp16")) return assume("fp16");
  return nullptr;
}

void add_modules(const std::vector<std::string>& names, Case& out) {
  for (const std::string& name : names) {
    if (const RecomputeName* known = find_recompute(name); known != nullptr) {
      out.plan.recompute.modules |= known->value.modules;
    } else if (contains(name, "SAVE_DOT_ONLY")) {
      // JAX keeps the outputs of matrix products: element-wise kernels run again.
      out.plan.recompute.modules |= kLayerNorm | kActivationModule | kCoreAttention;
    } else if (contains(name, "all but QKV")) {
      out.plan.recompute = find_recompute("save_qkv_out_proj")->value;
    } else {
      out.notes.push_back("recompute module \"" + name + "\" is not known");
    }
  }
}

void set_recompute(const Measurement& row, Case& out) {
  const bool stated = !row.recompute.empty() && row.recompute != "not stated";
  const std::string text = stated ? row.recompute : out.stack->recompute;
  if (!stated && text != "none")
    out.notes.push_back("recompute not stated, the stack's \"" + text + "\" assumed");
  if (text.starts_with("full")) out.plan.recompute.full = true;
  if (!row.recompute_modules.empty()) return add_modules(row.recompute_modules, out);
  if (contains(text, "Norm")) out.plan.recompute.modules |= kLayerNorm;
  if (contains(text, "MLA up")) out.plan.recompute.modules |= kMlaUpProjection;
  if (contains(text, "per-op")) {
    out.plan.recompute = find_recompute("per_op")->value;
    return;
  }
  if (text.starts_with("save_")) {
    if (const RecomputeName* known = find_recompute(text); known != nullptr)
      out.plan.recompute = known->value;
    return;
  }
  if (const RecomputeName* known = find_recompute(text.substr(0, text.find_first_of(" :")));
      known != nullptr)
    out.plan.recompute.modules |= known->value.modules;
}

void set_sharding(const Measurement& row, Case& out) {
  out.plan.zero = out.stack->distributed_optimizer ? 1 : 0;
  out.plan.ep_overlap = out.stack->ep_overlap;
  if (row.fsdp == "true") out.plan.zero = 3;
  if (contains(row.fsdp, "ZeRO-2")) out.plan.zero = 2;
  if (contains(row.fsdp, "FSDP2") || contains(row.fsdp, "ZeRO-3")) out.plan.zero = 3;
  out.plan.shard_group = static_cast<int>(row.fsdp_shard_size);
}

/// A row of memory alone may leave its batch out: FSDP runs then have as many micro-batches as
/// stages (torchtitan's default), all others micro-batches of one sequence and enough of them to
/// fill the pipeline.
void set_batches(const Measurement& row, Case& out) {
  Plan& plan = out.plan;
  const int local = std::max(1, static_cast<int>(row.global_batch / plan.dp));
  plan.micro_batch = std::max(1, static_cast<int>(row.micro_batch));
  if (row.micro_batch <= 0.0 && plan.zero == 3 && row.global_batch > 0.0 && local % plan.pp == 0)
    plan.micro_batch = local / plan.pp;
  if (row.micro_batch <= 0.0)
    out.notes.push_back("micro-batch not stated, " + std::to_string(plan.micro_batch) + " assumed");
  constexpr int kRounds = 4;
  plan.micro_batches =
      row.global_batch > 0.0 ? local / plan.micro_batch : kRounds * plan.pp * plan.pp;
}

/// Degrees of parallelism; a data-parallel degree that does not fit the fleet is no row of ours.
bool set_degrees(const Measurement& row, Case& out) {
  Plan& plan = out.plan;
  plan.tp = static_cast<int>(row.tp);
  plan.pp = static_cast<int>(row.pp);
  plan.cp = static_cast<int>(row.cp);
  plan.ep = static_cast<int>(row.ep);
  plan.etp = static_cast<int>(row.etp);
  const double model_parallel = row.tp * row.pp * row.cp;
  plan.dp = static_cast<int>(row.dp.value_or(row.gpus / model_parallel));
  set_batches(row, out);
  plan.sequence_parallel = row.sequence_parallel.value_or(plan.tp > 1);
  if (model_parallel * plan.dp != row.gpus)
    out.skipped = "tp x cp x pp x dp = " + std::to_string(plan.gpus()) + " is not the " +
                  std::to_string(static_cast<long>(row.gpus)) + " GPUs it states";
  return out.skipped.empty();
}

bool is_interleaved(const Measurement& row) {
  const auto knob = row.knobs.find("schedule");
  return knob != row.knobs.end() && contains(knob->second, "nterleaved");
}

void set_schedule(const Measurement& row, Case& out) {
  Plan& plan = out.plan;
  constexpr int kUsualChunks = 8;
  const int most = static_cast<int>(out.model->layers) / plan.pp;
  const auto knob = row.knobs.find("schedule");
  const int chunks = static_cast<int>(out.stack->chunks);
  if (row.vp) {
    plan.vp = plan.pp > 1 ? static_cast<int>(*row.vp) : 1;
  } else if (knob == row.knobs.end() && plan.pp > 1 && chunks > 1 &&
             static_cast<int>(out.model->layers) % (plan.pp * chunks) == 0) {
    plan.vp = chunks;
    out.notes.push_back("virtual pipeline not stated, the stack's " + std::to_string(chunks) +
                        " assumed");
  } else if (is_interleaved(row)) {
    plan.vp = std::max(1, std::min(chunks > 1 ? chunks : kUsualChunks, most));
    out.notes.push_back("virtual pipeline not stated, " + std::to_string(plan.vp) + " assumed");
  }
  const bool dual = knob != row.knobs.end() && contains(knob->second, "DualPipe");
  plan.schedule = plan.vp > 1 ? &kInterleaved : &kOneFOneB;
  if (!dual) return;
  plan.schedule = &kDualPipeV;
  plan.vp = 2;
  out.notes.push_back("DualPipe played as DualPipeV: the same bubble, half the weights");
}

bool set_layout(const Measurement& row, Case& out) {
  const auto knob = row.knobs.find("pp_layout");
  if (knob == row.knobs.end()) return true;
  const std::vector<std::string> stages = config::parse_pipeline_layout(knob->second);
  const auto chunks = static_cast<std::size_t>(out.plan.pp) * out.plan.vp;
  std::ptrdiff_t layers = 0;
  for (const std::string& stage : stages) layers += std::count(stage.begin(), stage.end(), 't');
  if (stages.size() != chunks || static_cast<double>(layers) != out.model->layers) {
    out.notes.push_back("pp_layout \"" + knob->second +
                        "\" is not the model's layers in pp x vp stages, cut evenly");
    return true;
  }
  out.layout = std::make_unique<std::vector<ChunkLayers>>(chunks);
  int layer = 0;
  for (std::size_t s = 0; s < chunks; ++s) {
    ChunkLayers& chunk = (*out.layout)[s];
    for (const char c : stages[s]) {
      if (c == 'E') ++chunk.of(LayerKind::kEmbedding);
      if (c == 'L') ++chunk.of(LayerKind::kLogits);
      if (c == 't')
        ++chunk.of(out.model->layer_is_moe(layer++) ? LayerKind::kMoe : LayerKind::kDense);
      if (c != 'm') continue;
      ++chunk.of(LayerKind::kMtp);
      ++chunk.of(LayerKind::kLogits);
      ++chunk.of(out.model->is_moe() ? LayerKind::kMoe : LayerKind::kDense);
    }
  }
  out.plan.layout = out.layout.get();
  return true;
}

bool set_model(const Measurement& row, const config::MeasurementFile& file, Case& out) {
  if (const auto own = file.models.find(row.model); own != file.models.end()) {
    out.model = std::make_unique<Transformer>(own->second);
    return true;
  }
  if (const auto bad = file.bad_models.find(row.model); bad != file.bad_models.end()) {
    out.skipped = "model \"" + row.model + "\": " + bad->second;
    return false;
  }
  try {
    out.model = std::make_unique<Transformer>(config::load_model({row.model, row.at}).value);
  } catch (const config::ConfigError&) {
    out.skipped = "model \"" + row.model + "\" is neither in this file nor in configs/llms";
  }
  return out.skipped.empty();
}

bool set_system(const Measurement& row, SystemShelf& shelf, Case& out) {
  const std::string name = known_system(row.system);
  if (name != row.system)
    out.notes.push_back("system \"" + row.system + "\" is not known, " + name + " stands in");
  try {
    out.pricing.system = &shelf.find(name, row.network);
  } catch (const config::ConfigError&) {
    out.skipped = "system \"" + row.system + "\" is not in configs/clusters";
  }
  return out.skipped.empty();
}

void set_pricing(const Measurement& row, Case& out) {
  const double batch = row.global_batch > 0.0 ? row.global_batch : out.plan.global_batch();
  out.pricing.job = {out.model.get(), row.seq_len, batch};
  out.pricing.parameters = count_parameters(*out.model);
  out.pricing.precision = precision_of(row.precision, out);
  if (contains(row.precision, "fp32 grad accumulation")) out.stack->grad_bytes = 4.0;
  out.pricing.stack = out.stack.get();
  if (out.pricing.precision == nullptr)
    out.skipped = "precision \"" + row.precision + "\" is not known";
  else if (!runs(*out.pricing.system, *out.pricing.precision))
    out.skipped =
        out.pricing.system->gpu.name + " has no " + std::string(out.pricing.precision->key);
}

}  // namespace

const System& SystemShelf::find(const std::string& name, const config::RowNetwork& network) {
  const bool own = network.scale_out_per_gpu || network.pod_gpus > 0;
  const std::string key =
      own ? name + "|" + std::to_string(network.pod_gpus) + "|" +
                std::to_string(network.pod_oversubscription) + "|" +
                std::to_string(network.scale_out_per_gpu.value_or(BytesPerSecond{}).base())
          : name;
  auto& slot = systems_[key];
  if (slot == nullptr) {
    System system = config::load_system({name, {}}, overrides_).system;
    if (own) {
      set_network(system.cluster, network);
      system = make_system(system.cluster, system.gpu, system.curves, system.fabrics);
    }
    slot = std::make_unique<System>(std::move(system));
  }
  return *slot;
}

Case make_case(const Measurement& row, const config::MeasurementFile& file, SystemShelf& shelf) {
  Case out;
  out.row = &row;
  out.skipped = row.problem;
  if (!out.skipped.empty() || !set_model(row, file, out) || !set_system(row, shelf, out))
    return out;
  config::LoadedStack stack = config::load_stack(stack_of(row), shelf.overrides());
  if (!stack.note.empty()) out.notes.push_back(stack.note);
  out.stack = std::make_unique<Stack>(std::move(stack.stack));
  set_sharding(row, out);
  if (!set_degrees(row, out)) return out;
  set_schedule(row, out);
  apply_knobs(row, out);
  set_recompute(row, out);
  set_layout(row, out);
  set_pricing(row, out);
  out.pricing.calibration = shelf.calibration().steps;
  return out;
}

}  // namespace fleetcast
