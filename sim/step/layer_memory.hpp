#pragma once

// What one layer keeps for its backward pass, what it makes again, and what else is alive then.

#include "sim/step/lower.hpp"

namespace fleetcast {

constexpr bool is_transformer_layer(LayerKind kind) {
  return kind == LayerKind::kDense || kind == LayerKind::kMoe;
}

/// Whether a recompute policy names this product among those whose output it keeps.
bool keeps_output(const Op& op, const Recompute& recompute);

/// Whether an operation of a transformer layer runs again in the backward pass.
bool is_recomputed(const Op& op, const Recompute& recompute);

/// Full recompute may be limited to some layers of a chunk; averaged over the chunk.
double fully_recomputed_share(const Pricing& pricing, const Plan& plan);

/// Requires: operations of one layer of this kind, in order.
LayerMemory memory_of_layer(LayerKind kind, const OpList& ops, const Pricing& pricing,
                            const Plan& plan);

}  // namespace fleetcast
