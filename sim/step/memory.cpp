#include "sim/step/memory.hpp"

#include <algorithm>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

struct StageSums {
  double dense = 0, expert = 0;      // parameters of this rank, all chunks
  double largest = 0;                // parameters of its largest layer (FSDP gathers two)
  Bytes saved{};                     // activations of one micro-batch, all chunks
  Bytes working{};                   // of its hungriest layer
};

StageSums sum_stage(const Pricing& pricing, const Step& step, int stage, const Split& split) {
  StageSums sums;
  Bytes hungriest{};
  const Plan& plan = step.plan;
  for (int chunk = 0; chunk < plan.vp; ++chunk) {
    const int v = plan.schedule->virtual_stage(stage, chunk, {plan.pp, plan.vp, plan.micro_batches});
    const ChunkLayers& layers = step.chunks[static_cast<std::size_t>(v)];
    for (int k = 0; k < kLayerKindCount; ++k) {
      const auto kind = static_cast<LayerKind>(k);
      const int count = layers.of(kind);
      if (count == 0) continue;
      const RankParameters p =
          rank_parameters(kind, *pricing.job.model, pricing.parameters, split);
      const LayerProgram& program = *step.programs[static_cast<std::size_t>(k)];
      sums.dense += p.dense * copies_of_weights(kind, count);
      sums.expert += p.expert * copies_of_weights(kind, count);
      sums.largest = std::max(sums.largest, p.dense + p.expert);
      // Logits run their backward pass right behind the forward pass: one micro-batch at a time.
      (kind == LayerKind::kLogits ? sums.working : sums.saved) += program.saved * count;
      hungriest = std::max(hungriest, program.working);
    }
  }
  sums.working += hungriest;
  return sums;
}

}  // namespace

MemoryUse memory_of_stage(const Pricing& pricing, const Step& step, int stage) {
  const Plan& plan = step.plan;
  const Split split = split_of(pricing.job, plan, *pricing.precision, *pricing.stack);
  const StageSums sums = sum_stage(pricing, step, stage, split);
  const Holding h = holding_of(plan);
  const Stack& stack = *pricing.stack;
  MemoryUse use;
  use.weights = Bytes{weight_bytes(pricing) *
                      (sums.dense / h.weights + sums.expert / h.expert_weights)};
  use.gradients = Bytes{stack.grad_bytes *
                        (sums.dense / h.gradients + sums.expert / h.expert_gradients)};
  use.optimizer = Bytes{stack.optimizer_bytes *
                        (sums.dense / h.optimizer + sums.expert / h.expert_optimizer)};
  // in_flight counts (micro-batch, chunk) pairs; a chunk holds its share of the stage.
  const int in_flight =
      plan.schedule->in_flight(stage, {plan.pp, plan.vp, plan.micro_batches});
  use.activations = sums.saved * (static_cast<double>(in_flight) / plan.vp);
  use.working = sums.working;
  if (plan.zero >= 3) use.working += Bytes{2.0 * sums.largest * (2.0 + stack.grad_bytes)};
  use.buffers = kContextBuffers;
  use.fragmentation =
      (use.weights + use.gradients + use.optimizer + use.activations + use.working) *
      kAllocatorShare;
  return use;
}

MemoryUse memory_of(const Pricing& pricing, const Step& step) {
  MemoryUse fullest = memory_of_stage(pricing, step, 0);
  for (int stage = 1; stage < step.plan.pp; ++stage) {
    const MemoryUse use = memory_of_stage(pricing, step, stage);
    if (use.total() > fullest.total()) fullest = use;
  }
  return fullest;
}

}  // namespace fleetcast
