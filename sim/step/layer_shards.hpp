#pragma once

// What a layer exchanges when its weights are sharded over data-parallel ranks.

#include "sim/step/lower.hpp"

namespace fleetcast {

/// One way of one part of a layer's weights; no payload where it has none of them.
Sent shard_sent(StateShard shard, const RankParameters& p, const Pricing& pricing,
                const Plan& plan);

/// FSDP: weights of the next layer are gathered, gradients of the last scattered, beside compute.
/// Requires: plan.zero >= 3; a program that has all its other tasks.
void add_shard_exchange(LayerKind kind, const Pricing& pricing, const Plan& plan,
                        const Split& split, LayerProgram& program);

}  // namespace fleetcast
