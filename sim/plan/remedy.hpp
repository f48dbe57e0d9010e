#pragma once

// What would make a plan fit that needs too much memory.

#include <string>
#include <vector>

#include "sim/plan/estimate.hpp"

namespace fleetcast {

/// A changed plan that fits: on as many GPUs where they divide, else on more.
struct Remedy {
  std::string change;  ///< "pp 32, dp 64", "recompute full"
  Plan plan;
  Bytes needed{};
};

/// Single changes that suffice, least GPUs first; when none does, the smallest layout of one
/// replica that fits with everything recomputed. Empty: nothing tried fits.
std::vector<Remedy> remedies(const Pricing& pricing, const Plan& plan, PlanWorkspace& workspace);

}  // namespace fleetcast
