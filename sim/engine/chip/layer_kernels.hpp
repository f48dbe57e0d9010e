#pragma once

// The kernels of a plan's layers, as problems for the simulated chip.

#include <string>
#include <vector>

#include "sim/engine/chip/library.hpp"
#include "sim/step/layer_price.hpp"

namespace fleetcast::chip {

struct LayerKernel {
  std::string name;  ///< "qkv", "qkv dgrad", "core_attention backward"
  Problem problem;
  Seconds fitted{};  ///< by the curves that price training steps; zero: not priced
};

/// Matrix products and attention of one layer, forward and backward, in the order of its
/// operations; equal ones once. Requires: what lower_layer requires.
std::vector<LayerKernel> kernels_of(LayerKind kind, const Pricing& pricing, const Plan& plan);

/// "8192x1280x8192 bf16", "2x8/1x128 4096 causal backward", "1.5 GB".
std::string text_of(const Problem& problem);

}  // namespace fleetcast::chip
