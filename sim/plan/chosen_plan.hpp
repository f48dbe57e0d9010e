#pragma once

// The plan that a scenario means: its own, or the best for its fleet or its deadline.

#include <string>

#include "sim/plan/fleet.hpp"

namespace fleetcast {

/// No dimension is given: which plan is best is for a search to say.
bool is_open(const config::PlanSpec& plan);

struct ChosenPlan {
  Plan plan;
  std::string why_none;  ///< not empty: there is no plan, and why
  bool searched = false;
};

/// Of the scenario's first system and precision. An open plan is the best on the scenario's GPUs,
/// or that of the smallest fleet for its deadline; with neither, sizes left out are 1, as estimate
/// takes them. Requires: a loaded scenario.
ChosenPlan chosen_plan(const config::Scenario& scenario);

}  // namespace fleetcast
