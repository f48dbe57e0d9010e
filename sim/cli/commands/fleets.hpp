#pragma once

// What `plan` answers, for those who say more of it.

#include "sim/cli/subject.hpp"
#include "sim/report/result.hpp"

namespace fleetcast::cli {

/// The smallest fleets, and the scenario's claims checked.
/// Requires: a deadline and tokens in the scenario; `published` where it has claims.
report::FleetReport fleets_of(const config::Scenario& scenario, const FleetOptions& options,
                              const Measurements& published);

}  // namespace fleetcast::cli
