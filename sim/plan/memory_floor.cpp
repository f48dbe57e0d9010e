#include "sim/plan/memory_floor.hpp"

#include <algorithm>
#include <limits>

#include "models/cost/schedule.hpp"
#include "sim/step/memory.hpp"

namespace fleetcast {

LayerBytes layer_bytes(const Pricing& pricing, Plan shape, const std::vector<int>& zero) {
  const Transformer& model = *pricing.job.model;
  const Split split = split_of(pricing.job, shape, *pricing.precision, *pricing.stack);
  LayerBytes out;
  out.states.fill(Bytes{std::numeric_limits<double>::infinity()});
  out.input = layer_input(pricing, shape);
  for (const int sharding : zero) {
    shape.zero = sharding;
    for (std::size_t k = 0; k < kLayerKindCount; ++k) {
      const auto kind = static_cast<LayerKind>(k);
      // Tied tables may be one: counted with the embedding.
      const bool tied = kind == LayerKind::kLogits && model.tied_embeddings;
      const StageStates states = states_of(
          pricing, shape,
          tied ? RankParameters{} : rank_parameters(kind, model, pricing.parameters, split));
      out.states[k] = std::min(out.states[k], states.weights + states.gradients + states.optimizer);
      out.buffers = states.buffers;
    }
  }
  return out;
}

PipelineMemory::PipelineMemory(const Stack& stack, const Layout& layout, const Plan& plan)
    : fragments_(stack.allocator_share) {
  for (const int s : layout.fullest) {
    const ChunkLayers& layers = layout.stage[static_cast<std::size_t>(s)];
    const double in_flight = plan.schedule->in_flight(s, {plan.pp, plan.vp, plan.micro_batches});
    Stage& stage = stages_.emplace_back();
    for (std::size_t k = 0; k < kLayerKindCount; ++k)
      stage.layers[k] = copies_of_weights(static_cast<LayerKind>(k), layers.count[k]);
    stage.inputs = in_flight / plan.vp * layers.transformer_layers() +
                   (plan.pp > 1 ? stack.stage_tensors * in_flight : 0.0);
  }
}

Bytes PipelineMemory::least(const LayerBytes& layer) const {
  Bytes fullest{};
  for (const Stage& stage : stages_) {
    Bytes sum = layer.input * stage.inputs;
    for (std::size_t k = 0; k < kLayerKindCount; ++k) sum += layer.states[k] * stage.layers[k];
    fullest = std::max(fullest, sum);
  }
  return fullest * (1.0 + fragments_) + layer.buffers;
}

}  // namespace fleetcast
