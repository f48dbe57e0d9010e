#pragma once

// Peak memory of the fullest rank of a plan. In parts, so that a search asks each only for what
// changes it: states by sharding, activations by what is recomputed.

#include "models/cost/memory.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast {

/// What a stage holds whatever it recomputes. Depends on the layout, on zero and its shard group.
struct StageStates {
  Bytes weights{}, gradients{}, optimizer{};
  Bytes gathered{};          ///< FSDP: whole weights and gradients while a layer runs backward
  Bytes gathered_at_loss{};  ///< and while the loss is taken
  Bytes at_step{};           ///< alive during the optimizer's step alone
  Bytes buffers{};
};

/// Activations a stage has in flight, in micro-batches through all its layers.
struct StageFlight {
  const ChunkLayers* layers = nullptr;
  double micro_batches = 0;
  Bytes boundaries{};  ///< tensors between stages, and inputs of gradients put off
};

/// Activations of a stage: kept from forward to backward, and alive only while a layer runs
/// backward or the loss is taken.
struct StageActivations {
  Bytes kept{}, layer{}, loss{};
};

using LayerMemories = std::array<LayerMemory, kLayerKindCount>;  ///< by LayerKind

/// What enters a layer or a stage, of one micro-batch on one rank.
Bytes layer_input(const Pricing& pricing, const Plan& plan);
/// Of these weights on one rank, before they are sharded; without what is gathered for a while.
StageStates states_of(const Pricing& pricing, const Plan& plan, const RankParameters& weights);

// Requires, all: a step lowered from this pricing, without its exchange; stage < plan.pp.
StageStates states_of_stage(const Pricing& pricing, const Step& step, int stage);
StageFlight flight_of_stage(const Pricing& pricing, const Step& step, int stage);
LayerMemories layer_memories(const Step& step);

StageActivations activations_of(const StageFlight& flight, const LayerMemories& memories);
MemoryUse memory_of_stage(const StageStates& states, const StageActivations& activations,
                          const Stack& stack);

/// Of one stage, all of the above.
MemoryUse memory_of_stage(const Pricing& pricing, const Step& step, int stage);

/// The fullest stage.
MemoryUse memory_of(const Pricing& pricing, const Step& step);

}  // namespace fleetcast
