#include "sim/step/memory.hpp"

#include <algorithm>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

double parameters_of(const Step& step, LayerKind kind) {
  const RankParameters& p = step.parameters[static_cast<std::size_t>(kind)];
  return p.dense + p.expert;
}

/// Weights gathered from their shards, and whole gradients on their way to them.
struct Gathered {
  Bytes layer{}, loss{};  ///< while a layer runs backward, while the loss is taken
};

/// FSDP: the layer at work and the next one, forward and backward; embedding and logits are one
/// unit that stays whole (torchtitan). A pipeline keeps all its stage's weights and gradients whole
/// between micro-batches, or each would gather them again.
Gathered gathered_of(const Pricing& pricing, const Step& step, const ChunkLayers& stage) {
  if (step.plan.zero < 3) return {};
  const double wide = gather_bytes(pricing), grad = pricing.stack->grad_bytes;
  if (step.plan.pp > 1) {
    const RankParameters p = stage_parameters(step, stage);
    const Bytes whole{(p.dense + p.expert) * (wide + grad)};
    return {whole, whole};
  }
  const double largest =
      std::max(parameters_of(step, LayerKind::kDense) * (stage.of(LayerKind::kDense) > 0),
               parameters_of(step, LayerKind::kMoe) * (stage.of(LayerKind::kMoe) > 0));
  const double live = pricing.stack->live_parameters;
  const double two = live > 0.0 ? std::min(live, 2.0 * largest) : 2.0 * largest;
  const double logits = parameters_of(step, LayerKind::kLogits);
  const double ends = parameters_of(step, LayerKind::kEmbedding) + logits;
  return {Bytes{two * (wide + grad) + 2.0 * ends},
          Bytes{0.5 * two * wide + 2.0 * ends + 2.0 * logits}};
}

/// Inputs and gradients of the logits whose weight gradients wait (Megatron-Core's
/// embedding_activation_buffer and grad_output_buffer, bf16).
Bytes deferred_of(const Pricing& pricing, const Step& step, const ChunkLayers& stage) {
  const Plan& plan = step.plan;
  const double waiting = step.deferred * plan.micro_batches * stage.of(LayerKind::kLogits);
  const double tokens = double(plan.micro_batch) * pricing.job.seq_len / plan.cp;
  return (Bytes{2.0 * tokens * pricing.job.model->vocab / plan.tp} + layer_input(pricing, plan)) *
         waiting;
}

/// Channels of a communicator of each kind of group, context, and what the stack sends in buckets.
Bytes buffers_of(const Plan& plan, const Stack& stack) {
  const int groups = (plan.tp > 1 ? 1 : 0) + (plan.cp > 1 ? 1 : 0) + 1 + (plan.pp > 1 ? 2 : 0) +
                     (plan.ep > 1 ? 2 : 0);
  return kContextBuffers + kCommunicatorBuffers * groups + stack.bucket_buffers;
}

}  // namespace

Bytes layer_input(const Pricing& pricing, const Plan& plan) {
  const double tokens = double(plan.micro_batch) * pricing.job.seq_len / plan.cp /
                        (plan.sequence_parallel ? plan.tp : 1);
  return Bytes{2.0 * tokens * pricing.job.model->hidden};
}

StageStates states_of(const Pricing& pricing, const Plan& plan, const RankParameters& weights) {
  const Stack& stack = *pricing.stack;
  const RankParameters& p = weights;
  const Holding h = holding_of(plan);
  const double shard = p.dense / h.optimizer + p.expert / h.expert_optimizer;
  const double grad = stack.grad_bytes + (stack.grad_bytes > 2.0 ? stack.low_grad_bytes : 0.0);
  StageStates out;
  if (plan.zero < 3 || !stack.gathers_masters)
    out.weights =
        Bytes{weight_bytes(pricing) * (p.dense / h.weights + p.expert / h.expert_weights)};
  out.gradients = Bytes{grad * (p.dense / h.gradients + p.expert / h.expert_gradients)};
  out.optimizer = Bytes{stack.optimizer_bytes * shard};
  out.at_step = Bytes{stack.grad_bytes > 2.0 ? 0.0 : stack.step_grad_bytes * shard};
  out.buffers = buffers_of(plan, stack);
  return out;
}

StageStates states_of_stage(const Pricing& pricing, const Step& step, int stage) {
  const ChunkLayers& layers = step.layout->stage[static_cast<std::size_t>(stage)];
  StageStates out = states_of(pricing, step.plan, stage_parameters(step, layers));
  const Gathered gathered = gathered_of(pricing, step, layers);
  out.gathered = gathered.layer;
  out.gathered_at_loss = gathered.loss;
  return out;
}

StageFlight flight_of_stage(const Pricing& pricing, const Step& step, int stage) {
  const Plan& plan = step.plan;
  const ChunkLayers& layers = step.layout->stage[static_cast<std::size_t>(stage)];
  // in_flight counts (micro-batch, chunk) pairs; a chunk holds its share of the stage.
  const int in_flight = plan.schedule->in_flight(stage, {plan.pp, plan.vp, plan.micro_batches});
  const double kept_here = 1.0 - std::min(1.0, plan.offload_layers / pricing.job.model->layers);
  StageFlight out{&layers, static_cast<double>(in_flight) / plan.vp * kept_here, Bytes{}};
  if (plan.pp > 1)
    out.boundaries = layer_input(pricing, plan) * pricing.stack->stage_tensors * in_flight;
  out.boundaries += deferred_of(pricing, step, layers);
  return out;
}

StageActivations activations_of(const StageFlight& flight, const LayerMemories& memories) {
  StageActivations out;
  Bytes saved{};
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    const int count = flight.layers->count[k];
    if (count == 0) continue;
    const LayerMemory& layer = memories[k];
    if (k == static_cast<std::size_t>(LayerKind::kLogits)) {
      // Their backward pass runs right behind the forward pass: one micro-batch at a time.
      out.loss = layer.saved * count;
      continue;
    }
    saved += layer.saved * count;
    out.layer = std::max(out.layer, layer.working + layer.transient);
  }
  out.kept = saved * flight.micro_batches + flight.boundaries;
  return out;
}

MemoryUse memory_of_stage(const StageStates& states, const StageActivations& activations,
                          const Stack& stack) {
  MemoryUse use;
  use.weights = states.weights;
  use.gradients = states.gradients;
  use.optimizer = states.optimizer;
  use.activations = activations.kept;
  use.working =
      std::max(activations.layer + states.gathered, activations.loss + states.gathered_at_loss);
  // The optimizer's step comes when activations are gone.
  use.working = std::max(use.working, states.at_step - use.activations);
  use.buffers = states.buffers;
  use.fragmentation = use.allocated() * stack.allocator_share;
  return use;
}

LayerMemories layer_memories(const Step& step) {
  LayerMemories out{};
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (step.programs[k] != nullptr) out[k] = step.programs[k]->memory;
  return out;
}

MemoryUse memory_of_stage(const Pricing& pricing, const Step& step, int stage) {
  return memory_of_stage(
      states_of_stage(pricing, step, stage),
      activations_of(flight_of_stage(pricing, step, stage), layer_memories(step)), *pricing.stack);
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
