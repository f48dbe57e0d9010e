#pragma once

// What the commands that take a scenario share: loading it, and naming what results are about.

#include <future>
#include <vector>

#include "sim/cli/arguments.hpp"
#include "sim/config/measurement.hpp"
#include "sim/config/scenario.hpp"
#include "sim/report/result.hpp"

namespace fleetcast::cli {

/// The scenario with --set, --system and --precision applied.
config::Scenario load_scenario(const Arguments& arguments);

/// The scenario's plan on its first system.
report::EstimateResult estimate_of(const config::Scenario& scenario);
/// Another plan there, asked for so many sequences a step.
report::EstimateResult estimate_of(const config::Scenario& scenario, const Plan& plan,
                                   double global_batch);
/// Says why that plan cannot run. Returns the exit code.
int complain_of_misfit(const config::Scenario& scenario, const report::EstimateResult& result);

report::Subject subject_of(const config::Scenario& scenario, std::size_t system);

/// Beside other work, unless a command is to have one thread.
constexpr std::launch launch_for(unsigned threads) {
  return threads == 1 ? std::launch::deferred : std::launch::async;
}
/// All published measurements, read as launch_for() says. Getting them throws config::ConfigError.
using Measurements = std::shared_future<std::vector<config::MeasurementFile>>;
Measurements read_measurements(unsigned threads);
/// Published runs on the systems that claims name, as they were measured.
std::vector<ValidatedRow> published_rows(const std::vector<config::ClaimSpec>& claims,
                                         const Measurements& published);

/// Throws: config::ConfigError, that a command needs `key`, unless it is there.
void require(const config::Scenario& scenario, bool is_there, const char* key, const char* why);

}  // namespace fleetcast::cli
