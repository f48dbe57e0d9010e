#pragma once

// What `plan` answers, for those who say more of it.

#include "sim/config/scenario.hpp"
#include "sim/report/result.hpp"

namespace fleetcast::cli {

/// The smallest fleets, and the scenario's claims checked.
/// Requires: a deadline and tokens in the scenario.
report::FleetReport fleets_of(const config::Scenario& scenario, const FleetOptions& options);

}  // namespace fleetcast::cli
