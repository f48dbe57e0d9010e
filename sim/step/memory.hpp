#pragma once

// Peak memory of the fullest rank of a plan.

#include "models/cost/memory.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast {

/// Of one stage. Requires: a step lowered from this pricing.
MemoryUse memory_of_stage(const Pricing& pricing, const Step& step, int stage);

/// The fullest stage.
MemoryUse memory_of(const Pricing& pricing, const Step& step);

}  // namespace fleetcast
