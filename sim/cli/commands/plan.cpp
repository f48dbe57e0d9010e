#include <algorithm>

#include "sim/cli/commands.hpp"
#include "sim/cli/commands/fleets.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"

namespace fleetcast::cli {

report::FleetReport fleets_of(const config::Scenario& scenario, const FleetOptions& options) {
  const config::ScenarioSpec& spec = scenario.spec;
  report::FleetReport out{spec.question, spec.deadline, {}, size_fleets(scenario, options), {}};
  for (const Fleet& fleet : out.answer.fleets)
    out.subjects.push_back(subject_of(scenario, fleet.system));
  if (!spec.claims.empty())
    out.claims = check_claims(scenario, out.answer, published_rows(spec.claims));
  return out;
}

int run_plan(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  const config::ScenarioSpec& spec = scenario.spec;
  require(scenario, spec.deadline > Seconds{}, "deadline", "the time to plan for, such as 90 days");
  require(scenario, spec.training.tokens > 0, "training.tokens", "of the whole run, such as 13T");
  const report::FleetReport report =
      fleets_of(scenario, {.curve = arguments.curve, .threads = arguments.threads});
  write(arguments, report);
  const std::vector<Fleet>& fleets = report.answer.fleets;
  if (std::any_of(fleets.begin(), fleets.end(), [](const Fleet& f) { return f.feasible; }))
    return kFine;
  complain("fleetcast: no fleet meets the deadline");
  return kInfeasible;
}

}  // namespace fleetcast::cli
