#pragma once

// What a search makes small: one row each. On a fleet of given size all of them are monotone in the
// step's time and in the time its GPUs compute, so floors of both are a floor of any.

#include <array>
#include <span>
#include <string_view>

#include "models/cost/system.hpp"

namespace fleetcast {

/// One step of the scenario's batch.
struct StepUse {
  Seconds time{};
  Seconds busy{};  ///< tensor and vector pipes at work, mean over the GPUs
};

struct FleetUse {
  const System* system = nullptr;
  double working = 0;  ///< GPUs of the job
  double fleet = 0;    ///< bought or rented: whole nodes or domains
};

struct Objective {
  std::string_view key;
  std::string_view meaning;
  /// Seconds, joules or dollars of a step, the whole facility's.
  double (*of)(const StepUse& step, const FleetUse& fleet);
};

extern const Objective kStepTime;
extern const Objective kStepEnergy;
extern const Objective kStepCost;

std::span<const Objective* const> objectives();

}  // namespace fleetcast
