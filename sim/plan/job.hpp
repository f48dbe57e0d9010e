#pragma once

// From a scenario and its estimate to the job that is simulated over months.

#include "sim/config/scenario.hpp"
#include "sim/engine/run/job.hpp"
#include "sim/plan/estimate.hpp"

namespace fleetcast {

/// Longer jobs are not simulated: microseconds in a double are exact to here, and nobody waits.
inline constexpr Seconds kLongestJob = 10.0 * 365.0 * kDay;

/// Requires: an estimate that fits, of a scenario with tokens.
JobSpec job_of(const config::Scenario& scenario, const System& system, const Estimate& estimate);

/// Mean time between interruptions of the whole job; infinity: nothing fails.
Seconds mtbf_of(const JobSpec& job);

/// The same job in the closed form: failures of constant rate, checkpoints that count at once, no
/// want of spares, no maintenance. Share of time that is useful.
double closed_form_goodput(const JobSpec& job);

}  // namespace fleetcast
