#pragma once

// From a scenario to what a plan is priced against.

#include "sim/config/scenario.hpp"
#include "sim/run/forecast.hpp"
#include "sim/run/interval.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast {

/// Requires: `scenario` and `system` outlive the pricing.
Pricing pricing_of(const config::Scenario& scenario, const System& system,
                   const Precision& precision, double global_batch);

/// What a forecast of this many GPUs stands on.
Footing footing_of(const config::Scenario& scenario, const System& system, double gpus);

/// The run of a plan on this system: whole nodes or domains, prices, error interval.
RunInput run_of(const config::Scenario& scenario, const System& system, const Plan& plan);

/// GPUs bought or rented for a job of this size: whole nodes or domains.
double fleet_for(const System& system, double gpus);

}  // namespace fleetcast
