#include <algorithm>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/commands/fleets.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"

namespace fleetcast::cli {
namespace {

/// Claims on systems that the scenario has not are said not to be checked.
void complain_of_unchecked(const config::ScenarioSpec& spec) {
  const std::vector<std::string_view> systems(spec.systems.begin(), spec.systems.end());
  for (const config::ClaimSpec& claim : spec.claims)
    if (std::find(systems.begin(), systems.end(), claim.system) == systems.end())
      complain("fleetcast: claims on " + quoted(claim.system) +
               " are not checked: it is not in the scenario" +
               suggestion(claim.system, "systems", systems));
}

}  // namespace

report::FleetReport fleets_of(const config::Scenario& scenario, const FleetOptions& options,
                              const Measurements& published) {
  const config::ScenarioSpec& spec = scenario.spec;
  report::FleetReport out{spec.question, spec.deadline, {}, size_fleets(scenario, options), {}};
  for (const Fleet& fleet : out.answer.fleets)
    out.subjects.push_back(subject_of(scenario, fleet.system));
  complain_of_unchecked(spec);
  if (!spec.claims.empty())
    out.claims = check_claims(scenario, out.answer, published_rows(spec.claims, published));
  return out;
}

int run_plan(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  const config::ScenarioSpec& spec = scenario.spec;
  require(scenario, spec.deadline > Seconds{}, "deadline", "the time to plan for, such as 90 days");
  require(scenario, spec.training.tokens > 0, "training.tokens", "of the whole run, such as 13T");
  const Measurements published =
      spec.claims.empty() ? Measurements{} : read_measurements(arguments.threads);
  const report::FleetReport report =
      fleets_of(scenario, {.curve = arguments.curve, .threads = arguments.threads}, published);
  write(arguments, report);
  const std::vector<Fleet>& fleets = report.answer.fleets;
  if (std::any_of(fleets.begin(), fleets.end(), [](const Fleet& f) { return f.feasible; }))
    return kFine;
  complain("fleetcast: no fleet meets the deadline");
  return kInfeasible;
}

}  // namespace fleetcast::cli
