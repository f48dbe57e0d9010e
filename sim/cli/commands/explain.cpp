#include <algorithm>

#include "sim/cli/commands.hpp"
#include "sim/cli/commands/explain.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/stop.hpp"
#include "sim/cli/subject.hpp"

namespace fleetcast::cli {
namespace {

constexpr double kChange = 0.1;  // of each parameter, as is usual

struct Side {
  std::string system;
  std::string precision;  ///< empty: not said
};

Side side_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

/// The scenario on one side's system alone, in its recipe.
config::Scenario load_side(Arguments arguments, const Side& side) {
  arguments.system = side.system;
  arguments.precision = side.precision;
  return load_scenario(arguments);
}

Setup setup_of(const config::Scenario& scenario, const char* option) {
  Setup out{scenario.systems.front().system, scenario.spec.precisions.front()};
  if (runs(out.system, *out.precision)) return out;
  throw config::ConfigError(
      {{"command line", 1, 1, option,
        "no " + std::string(out.precision->key) + " on " + out.system.gpu.name +
            "; name a recipe: " + scenario.spec.systems.front() + ":bf16"}});
}

int explain_difference(const Arguments& arguments) {
  Side from = side_of(arguments.from), to = side_of(arguments.to);
  if (from.precision.empty()) from.precision = "bf16";
  if (to.precision.empty()) to.precision = from.precision;
  const config::Scenario scenario = load_side(arguments, from), other = load_side(arguments, to);
  const config::ScenarioSpec& spec = scenario.spec;
  require(scenario, spec.deadline > Seconds{}, "deadline", "the time to plan for, such as 90 days");
  require(scenario, spec.training.tokens > 0, "training.tokens", "of the whole run, such as 13T");

  const StopSignals signals;
  ProgressLine progress("mixtures");
  const auto begun = std::chrono::steady_clock::now();
  report::WaterfallReport report{subject_of(scenario, 0), subject_of(other, 0), spec.deadline, {}};
  const Setup here = setup_of(scenario, "--from"), there = setup_of(other, "--to");
  report.waterfall =
      explain_fleets(scenario, here, there,
                     {.threads = arguments.threads,
                      .stop = &StopSignals::signal(),
                      .progress = [&](std::size_t done, std::size_t all) {
                        progress.show(done, all, std::chrono::steady_clock::now() - begun);
                      }});
  if (StopSignals::signal() != 0) return StopSignals::exit_code();
  write(arguments, report);
  if (report.waterfall.is_complete()) return kFine;
  complain("fleetcast: some mixtures have no fleet that meets the deadline");
  return kInfeasible;
}

int explain_plan(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  report::SensitivityReport report{subject_of(scenario, 0), sensitivities(scenario, kChange), {}};
  const Sensitivities& s = report.sensitivities;
  if (!s.chosen.why_none.empty()) {
    complain("fleetcast: " + s.chosen.why_none);
    return kInfeasible;
  }
  if (!s.estimate.misfit.fits()) {
    complain("fleetcast: the plan cannot run: " + report::misfit_text(s.estimate.misfit));
    return kInfeasible;
  }
  const std::vector<config::ClaimSpec>& claims = scenario.spec.claims;
  if (!claims.empty() && scenario.spec.deadline > Seconds{} && s.of_run)
    report.claims = check_claims(scenario, {}, published_rows(claims, read_measurements(1)));
  write(arguments, report);
  return kFine;
}

}  // namespace

int run_explain(const Arguments& arguments) {
  if (!arguments.solve.empty()) return explain_break_even(arguments);
  return arguments.from.empty() ? explain_plan(arguments) : explain_difference(arguments);
}

}  // namespace fleetcast::cli
