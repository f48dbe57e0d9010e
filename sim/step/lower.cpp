#include "sim/step/lower.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

/// Traffic of one optimizer step (SimuMax walks the same passes): the shard's gradient, master
/// weight and moments are read, the latter two written with the new weight; local gradients are
/// zeroed and read for the norm, and weights cast anew to the recipe's format.
OptimizerTraffic optimizer_traffic(const Pricing& pricing, double shard, double local) {
  const Stack& stack = *pricing.stack;
  const double grads = stack.grad_bytes;
  return {Bytes{shard * (stack.optimizer_bytes + grads) + local * grads},
          Bytes{shard * (stack.optimizer_bytes + 2.0) +
                local * (grads + pricing.precision->quantize_bytes)}};
}

Seconds exchange_times(const SentList& list, const Pricing& pricing) {
  Seconds sum{};
  for (const Sent& sent : list) sum += exchange_time(sent, pricing);
  return sum;
}

/// Hybrid sharding: gradients are summed over the groups that each hold a whole copy.
void add_replica_sums(const RankParameters& p, const Pricing& pricing, const Plan& plan,
                      StatesSent& out) {
  const Network& network = pricing.system->network;
  for (const auto& [count, group] :
       {std::pair{p.dense, Group::kData}, std::pair{p.expert, Group::kExpertData}}) {
    const GroupPlace whole = place(group, plan);
    if (count == 0.0 || plan.shard_group <= 0 || plan.shard_group >= whole.size) continue;
    const GroupPlace where{whole.size / plan.shard_group, whole.stride * plan.shard_group};
    out.reduce.add({CollectiveOp::kAllReduce,
                    Bytes{count * pricing.stack->grad_bytes / plan.shard_group},
                    strided_group(where.size, where.stride, network), group, where});
  }
}

}  // namespace

OptimizerTraffic optimizer_traffic(const Pricing& pricing, const Step& step) {
  const Holding h = holding_of(step.plan);
  OptimizerTraffic most;
  for (const int stage : step.layout->fullest) {
    const RankParameters p =
        stage_parameters(step, step.layout->stage[static_cast<std::size_t>(stage)]);
    const double shard = p.dense / h.optimizer + p.expert / h.expert_optimizer;
    const double local = p.dense / h.weights + p.expert / h.expert_weights;
    const OptimizerTraffic own = optimizer_traffic(pricing, shard, local);
    if (own.read + own.written > most.read + most.written) most = own;
  }
  return most;
}

namespace {

Seconds optimizer_time(const Pricing& pricing, const Step& step) {
  const OptimizerTraffic moved = optimizer_traffic(pricing, step);
  return memory_time({MemoryKind::kOptimizer, moved.read + moved.written, 4.0},
                     pricing.system->chip) /
         pricing.calibration.memory_rate;
}

/// Mean of the largest of n standard normal values, in standard deviations: all ranks wait for the
/// slowest. Asymptotic form (Cramer 1946, section 28.6).
double expected_maximum(double n) {
  if (n < 2.0) return 0.0;
  const double root = std::sqrt(2.0 * std::log(n));
  constexpr double kLog4Pi = 2.5310242469692907;
  return std::max(0.0, root - (std::log(std::log(n)) + kLog4Pi) / (2.0 * root));
}

}  // namespace

double straggler_of(const System& system, const Calibration& fitted, double gpus) {
  return 1.0 + fitted.straggler * system.cluster.reliability.speed_spread * expected_maximum(gpus);
}

double link_rate(const NetworkGroup& group, const Pricing& pricing) {
  const bool leaves = outermost_tier(group, pricing.system->network) > 0;
  return leaves ? pricing.calibration.network_rate : 1.0;
}

Seconds exchange_time(const Sent& sent, const Pricing& pricing) {
  return collective_time(sent.op, sent.payload, sent.ranks, pricing.system->network) /
         link_rate(sent.ranks, pricing);
}

StatesSent states_sent(const RankParameters& p, const Pricing& pricing, const Plan& plan) {
  StatesSent out;
  const Network& network = pricing.system->network;
  for (const auto& [count, group] :
       {std::pair{p.dense, Group::kData}, std::pair{p.expert, Group::kExpertData}}) {
    if (count == 0.0 || plan.zero >= 3) continue;
    const NetworkGroup ranks = sharing_group(group, plan, network);
    const GroupPlace where = sharing_place(group, plan);
    const Bytes gradients{count * pricing.stack->grad_bytes};
    out.reduce.add({plan.zero == 0 ? CollectiveOp::kAllReduce : CollectiveOp::kReduceScatter,
                    gradients, ranks, group, where});
    if (plan.zero > 0)
      out.gather.add(
          {CollectiveOp::kAllGather, Bytes{count * gather_bytes(pricing)}, ranks, group, where});
  }
  if (plan.zero >= 1) add_replica_sums(p, pricing, plan, out);
  return out;
}

SentList hop_sent(const Pricing& pricing, const Plan& plan) {
  SentList out;
  const Network& network = pricing.system->network;
  const double tokens = double(plan.micro_batch) * pricing.job.seq_len / plan.cp /
                        (plan.sequence_parallel ? plan.tp : 1);
  const GroupPlace where{2, place(Group::kPipeline, plan).stride};
  const NetworkGroup pair = strided_group(where.size, where.stride, network);
  const Bytes activations{2.0 * tokens * pricing.job.model->hidden};
  // Narayanan et al. 2021, section 4.1 (arXiv:2104.04473).
  const bool shards = pricing.stack->scatter_gather_p2p && plan.tp > 1 && !plan.sequence_parallel;
  out.add({CollectiveOp::kSendRecv, activations / (shards ? plan.tp : 1.0), pair, Group::kPipeline,
           where});
  if (shards)
    out.add({CollectiveOp::kAllGather, activations, group_of(Group::kTensor, plan, network),
             Group::kTensor, place(Group::kTensor, plan)});
  return out;
}

/// Recipes with block scales inside the GEMM, and those below fp8, keep bf16 weights.
bool keeps_fp8(const Pricing& p) {
  return p.stack->fp8_params && p.precision->gemm == Dtype::kFp8 && !p.precision->blockwise;
}

double gather_bytes(const Pricing& p) {
  return keeps_fp8(p) ? p.precision->param_gather_bytes : 2.0;
}

double weight_bytes(const Pricing& p) {
  const double wide = 2.0;
  const double all = p.precision->weight_bytes;
  if (all <= wide) return all;
  // Hopper multiplies fp8 in one layout only and keeps a transposed copy; chips with microscaling
  // take any layout, but block scales differ by direction.
  const bool one_copy = p.system->gpu.microscaling && !p.precision->microscaling;
  const double quantized = (all - wide) * (one_copy ? 0.5 : 1.0);
  return keeps_fp8(p) ? quantized : wide + quantized;
}

int copies_of_weights(LayerKind kind, int layers) {
  return kind == LayerKind::kLogits ? std::min(layers, 1) : layers;
}

RankParameters stage_parameters(const Step& step, const ChunkLayers& stage) {
  RankParameters sum;
  for (int k = 0; k < kLayerKindCount; ++k) {
    const auto kind = static_cast<LayerKind>(k);
    const int count = copies_of_weights(kind, stage.of(kind));
    sum.dense += step.parameters[static_cast<std::size_t>(k)].dense * count;
    sum.expert += step.parameters[static_cast<std::size_t>(k)].expert * count;
  }
  return sum;
}

GroupPlace sharing_place(Group group, const Plan& plan) {
  const GroupPlace whole = place(group, plan);
  const bool shared = plan.zero >= 1 && plan.shard_group > 0;
  return {shared ? std::min(plan.shard_group, whole.size) : whole.size, whole.stride};
}

NetworkGroup sharing_group(Group group, const Plan& plan, const Network& network) {
  const GroupPlace where = sharing_place(group, plan);
  return strided_group(where.size, where.stride, network);
}

NetworkGroup group_of(Group group, const Plan& plan, const Network& network) {
  const GroupPlace p = place(group, plan);
  return strided_group(p.size, p.stride, network);
}

bool may_defer_logits(const Pricing& pricing) {
  return pricing.stack->wgrad_deferral_limit > 0.0 && !pricing.job.model->is_moe();
}

void place_layers(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out) {
  const Split split = split_of(pricing.job, plan, *pricing.precision, *pricing.stack);
  out.plan = plan;
  out.layout = &cache.find_or_cut(pricing, plan);
  out.programs = {};
  const bool defers = plan.pp > 1 && may_defer_logits(pricing);
  out.deferred =
      defers ? std::min(1.0, pricing.stack->wgrad_deferral_limit / plan.micro_batches) : 0.0;
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    const auto kind = static_cast<LayerKind>(k);
    if (!out.layout->uses[k]) continue;
    // Tied tables are one only where first and last layer share a stage.
    const bool copied =
        kind == LayerKind::kLogits && pricing.job.model->tied_embeddings && plan.pp > 1;
    out.parameters[k] = rank_parameters(copied ? LayerKind::kEmbedding : kind, *pricing.job.model,
                                        pricing.parameters, split);
  }
}

void lower_layers(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out) {
  place_layers(pricing, plan, cache, out);
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (out.layout->uses[k])
      out.programs[k] = &cache.find_or_lower(static_cast<LayerKind>(k), pricing, plan);
  out.states = {};
  out.hop = {};
  out.optimizer = optimizer_time(pricing, out);
  out.interference = pricing.calibration.interference;
  out.overhead = pricing.stack->step_overhead;
  out.overlap_reduce = pricing.stack->overlap_grad_reduce;
  out.overlap_gather = pricing.stack->overlap_param_gather;
  out.straggler = straggler_of(*pricing.system, pricing.calibration, plan.gpus());
}

void lower_exchange(const Pricing& pricing, Step& out) {
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    if (out.programs[k] == nullptr) continue;
    const StatesSent sent = states_sent(out.parameters[k], pricing, out.plan);
    out.states[k] = {exchange_times(sent.reduce, pricing), exchange_times(sent.gather, pricing)};
  }
  if (out.plan.pp > 1) out.hop = exchange_times(hop_sent(pricing, out.plan), pricing);
}

void lower(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out) {
  lower_layers(pricing, plan, cache, out);
  lower_exchange(pricing, out);
}

}  // namespace fleetcast
