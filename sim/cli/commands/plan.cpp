#include <algorithm>

#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"
#include "sim/plan/fleet.hpp"

namespace fleetcast::cli {

int run_plan(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  const config::ScenarioSpec& spec = scenario.spec;
  require(scenario, spec.deadline > Seconds{}, "deadline", "the time to plan for, such as 90 days");
  require(scenario, spec.training.tokens > 0, "training.tokens", "of the whole run, such as 13T");
  const FleetOptions options{.curve = arguments.curve, .threads = arguments.threads};
  report::FleetReport report{spec.question, spec.deadline, {}, size_fleets(scenario, options), {}};
  for (const Fleet& fleet : report.answer.fleets)
    report.subjects.push_back(subject_of(scenario, fleet.system));
  if (!spec.claims.empty())
    report.claims = check_claims(scenario, report.answer, published_rows(spec.claims));
  write(arguments, report);
  const std::vector<Fleet>& fleets = report.answer.fleets;
  if (std::any_of(fleets.begin(), fleets.end(), [](const Fleet& f) { return f.feasible; }))
    return kFine;
  complain("fleetcast: no fleet meets the deadline");
  return kInfeasible;
}

}  // namespace fleetcast::cli
