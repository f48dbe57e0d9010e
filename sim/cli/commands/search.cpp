#include "sim/plan/search.hpp"

#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"

namespace fleetcast::cli {

int run_search(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  require(scenario, scenario.spec.gpus > 0, "gpus", "the fleet to search, such as 64");
  report::SearchReport report{subject_of(scenario, 0), scenario.spec.gpus, {}};
  report.result = search(scenario, scenario.systems.front().system, scenario.spec.precisions, {});
  write(arguments, report);
  if (!report.result.ranked.empty()) return kFine;
  complain("fleetcast: no plan of the space runs on this fleet");
  return kInfeasible;
}

}  // namespace fleetcast::cli
