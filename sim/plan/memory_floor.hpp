#pragma once

// How much memory a pipeline of a layer shape takes at least, from counts of layers alone: what a
// planner asks of a hundred thousand pairs before it counts the bytes of one.

#include <array>
#include <vector>

#include "sim/step/lower.hpp"

namespace fleetcast {

/// Of one rank, whatever is recomputed and however many of the replicas share the states.
struct LayerBytes {
  std::array<Bytes, kLayerKindCount> states{};  ///< weights, gradients and optimizer of one layer
  Bytes input{};    ///< of a transformer layer or a stage, a micro-batch
  Bytes buffers{};  ///< whatever the layers
};
/// Requires: `shape` with as many replicas as there may be; zero: those that a plan may choose.
LayerBytes layer_bytes(const Pricing& pricing, Plan shape, const std::vector<int>& zero);

/// Layers that the fullest stages hold, and what they keep in flight.
class PipelineMemory {
 public:
  /// Requires: a layout of this plan's pp, vp and schedule; as few micro-batches as there may be.
  PipelineMemory(const Stack& stack, const Layout& layout, const Plan& plan);

  /// No plan of the pipeline takes less on its fullest rank.
  [[nodiscard]] Bytes least(const LayerBytes& layer) const;

 private:
  struct Stage {
    std::array<double, kLayerKindCount> layers{};  ///< with weights of their own
    double inputs = 0;                             ///< kept at once
  };
  std::vector<Stage> stages_;
  double fragments_ = 0;  ///< share of what is allocated
};

}  // namespace fleetcast
