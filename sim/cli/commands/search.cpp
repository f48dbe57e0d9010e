#include "sim/plan/search.hpp"

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"

namespace fleetcast::cli {
namespace {

/// Time and energy pull apart; the rent of a given fleet is its time.
constexpr std::string_view kPareto = "pareto";

std::vector<const Objective*> objectives_of(const std::string& key) {
  if (key.empty()) return {&kStepTime};
  if (key == kPareto) return {&kStepTime, &kStepEnergy};
  std::vector<std::string_view> keys;
  for (const Objective* objective : objectives()) {
    if (objective->key == key) return {objective};
    keys.push_back(objective->key);
  }
  keys.push_back(kPareto);
  throw config::ConfigError(
      {{"command line", 1, 1, "--objective",
        fleetcast::quoted(key) + " is not known here" + suggestion(key, "known", keys)}});
}

}  // namespace

int run_search(const Arguments& arguments) {
  const SearchOptions options{.objectives = objectives_of(arguments.objective),
                              .threads = arguments.threads};
  const config::Scenario scenario = load_scenario(arguments);
  require(scenario, scenario.spec.gpus > 0, "gpus", "the fleet to search, such as 64");
  report::SearchReport report{subject_of(scenario, 0), scenario.spec.gpus, {}, {}};
  for (const Precision* precision : scenario.spec.precisions)
    report.precisions.push_back(precision->key);
  report.result =
      search(scenario, scenario.systems.front().system, scenario.spec.precisions, options);
  write(arguments, report);
  if (!report.result.ranked.empty()) return kFine;
  complain("fleetcast: no plan of the space runs on this fleet");
  return kInfeasible;
}

}  // namespace fleetcast::cli
