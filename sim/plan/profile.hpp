#pragma once

// One plan looked at closely: its step slot by slot, its memory stage by stage, what it hangs on.

#include <vector>

#include "sim/plan/sensitivity.hpp"

namespace fleetcast {

struct Profile {
  Sensitivities sensitivities;    ///< the estimate as well
  BytesPerSecond hbm{};           ///< bandwidth of the chip, by data sheet
  std::vector<MemoryUse> memory;  ///< [stage]: of a rank
  std::vector<PlayedSlot> slots;  ///< as pipeline_slots()
};

/// Of the scenario's first system and precision. Empty but for sensitivities.chosen.plan where the
/// plan does not run. Requires: 0 < change < 1.
Profile profile(const config::Scenario& scenario, const ChosenPlan& chosen, double change);

}  // namespace fleetcast
