#pragma once

// The plan that a scenario fixes, for commands that do not search.

#include "models/parallel/plan.hpp"
#include "sim/config/scenario.hpp"

namespace fleetcast::config {

struct FixedPlan {
  Plan plan;
  double global_batch =
      0;  ///< the scenario's, moved within its tolerance so that the plan divides it
};

/// Sizes left out are 1, dp follows from the GPUs, the schedule from pp and vp, ZeRO and overlap
/// from the stack. Throws: ConfigError when the sizes do not multiply to the GPUs of the scenario.
FixedPlan fixed_plan(const Scenario& scenario);

/// What the scenario asks to compute again. Requires: names that load_scenario() accepted.
Recompute recompute_of(const PlanSpec& spec);

/// The multiple of `unit` nearest to `batch`, or `batch` when that is beyond the tolerance.
double batch_near(double batch, double unit, double tolerance);

}  // namespace fleetcast::config
