#pragma once

// `simulate` at its three scales, a file each.

#include "sim/cli/commands.hpp"
#include "sim/config/scenario.hpp"

namespace fleetcast::cli {

int simulate_chip(const Arguments& arguments, const config::Scenario& scenario);
int simulate_collective(const Arguments& arguments, const config::Scenario& scenario);
int simulate_run(const Arguments& arguments, const config::Scenario& scenario);
int simulate_step(const Arguments& arguments, const config::Scenario& scenario);

}  // namespace fleetcast::cli
