#include "sim/step/memory.hpp"

#include <algorithm>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

/// Activations of one micro-batch through a stage, and what is alive only while a layer runs.
struct StageActivations {
  Bytes saved{}, working{};
};

StageActivations activations_of(const Step& step, const ChunkLayers& stage) {
  StageActivations sums;
  Bytes hungriest{};
  for (int k = 0; k < kLayerKindCount; ++k) {
    const auto kind = static_cast<LayerKind>(k);
    const int count = stage.of(kind);
    if (count == 0) continue;
    const LayerProgram& program = *step.programs[static_cast<std::size_t>(k)];
    // Logits run their backward pass right behind the forward pass: one micro-batch at a time.
    (kind == LayerKind::kLogits ? sums.working : sums.saved) += program.saved * count;
    hungriest = std::max(hungriest, program.working);
  }
  sums.working += hungriest;
  return sums;
}

double largest_layer(const Step& step, const ChunkLayers& stage) {
  double most = 0.0;
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (stage.count[k] > 0)
      most = std::max(most, step.parameters[k].dense + step.parameters[k].expert);
  return most;
}

}  // namespace

MemoryUse memory_of_stage(const Pricing& pricing, const Step& step, int stage) {
  const Plan& plan = step.plan;
  const ChunkLayers& layers = step.layout->stage[static_cast<std::size_t>(stage)];
  const RankParameters p = stage_parameters(step, layers);
  const StageActivations activations = activations_of(step, layers);
  const Holding h = holding_of(plan);
  const Stack& stack = *pricing.stack;
  MemoryUse use;
  use.weights = Bytes{weight_bytes(pricing) * (p.dense / h.weights + p.expert / h.expert_weights)};
  use.gradients = Bytes{stack.grad_bytes * (p.dense / h.gradients + p.expert / h.expert_gradients)};
  use.optimizer =
      Bytes{stack.optimizer_bytes * (p.dense / h.optimizer + p.expert / h.expert_optimizer)};
  // in_flight counts (micro-batch, chunk) pairs; a chunk holds its share of the stage.
  const int in_flight = plan.schedule->in_flight(stage, {plan.pp, plan.vp, plan.micro_batches});
  use.activations = activations.saved * (static_cast<double>(in_flight) / plan.vp);
  use.working = activations.working;
  if (plan.zero >= 3)
    use.working += Bytes{2.0 * largest_layer(step, layers) * (2.0 + stack.grad_bytes)};
  use.buffers = kContextBuffers;
  use.fragmentation = use.allocated() * kAllocatorShare;
  return use;
}

MemoryUse memory_of(const Pricing& pricing, const Step& step) {
  MemoryUse most;
  for (const int stage : step.layout->fullest) {
    const MemoryUse use = memory_of_stage(pricing, step, stage);
    if (use.total() > most.total()) most = use;
  }
  return most;
}

}  // namespace fleetcast
