#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"
#include "sim/config/fixed_plan.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast::cli {
namespace {

report::EstimateResult estimate_of(const config::Scenario& scenario) {
  const config::FixedPlan fixed = config::fixed_plan(scenario);
  const System& system = scenario.systems.front().system;
  const Precision& precision = *scenario.spec.precisions.front();
  const Pricing pricing = pricing_of(scenario, system, precision, fixed.global_batch);
  PlanWorkspace workspace;
  report::EstimateResult out{subject_of(scenario, 0), {}, {}};
  out.estimate = estimate(pricing, fixed.plan, run_of(scenario, system, fixed.plan), workspace);
  const bool is_too_big = out.estimate.memory.total() > out.estimate.memory_usable;
  if (!out.estimate.misfit.fits() && is_too_big)
    out.remedies = remedies(pricing, fixed.plan, workspace);
  return out;
}

bool is_open(const config::PlanSpec& plan) { return !plan.tp && !plan.pp && !plan.ep && !plan.dp; }

}  // namespace

int run_estimate(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  const report::EstimateResult result = estimate_of(scenario);
  write(arguments, result);
  if (result.estimate.misfit.fits()) return kFine;
  complain("fleetcast: the plan cannot run: " + report::misfit_text(result.estimate.misfit));
  if (is_open(scenario.spec.plan))
    complain("fleetcast: the scenario leaves the plan open; `fleetcast search` finds one");
  return kInfeasible;
}

}  // namespace fleetcast::cli
