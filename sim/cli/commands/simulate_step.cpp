#include <algorithm>
#include <optional>

#include "models/base/nearest.hpp"
#include "sim/cli/commands/simulate.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/stop.hpp"
#include "sim/cli/subject.hpp"
#include "sim/plan/chosen_plan.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/report/chrome_trace.hpp"
#include "sim/report/number.hpp"

namespace fleetcast::cli {
namespace {

step::Noise noise_of(const config::Scenario& scenario, const Arguments& arguments) {
  const config::SimulationSpec& spec = scenario.spec.simulation;
  return {.seed = arguments.seed,
          .kernel_jitter = spec.kernel_jitter,
          .speed_spread = spec.speed_spread,
          .expert_skew = spec.expert_skew,
          .slow_nodes = static_cast<int>(spec.slow_nodes),
          .slow_by = spec.slow_by,
          .node_gpus = static_cast<int>(scenario.systems.front().system.cluster.node_gpus),
          .link_flaps = spec.link_flaps,
          .flap_time = spec.flap_time};
}

void read_tenants(const config::Scenario& scenario, step::Options& out) {
  const std::vector<Tier>& tiers = scenario.systems.front().system.cluster.tiers;
  std::vector<std::string_view> names;
  for (const Tier& tier : tiers) names.push_back(tier.name);
  for (const config::TenantSpec& tenant : scenario.spec.simulation.tenants) {
    const auto at = std::find(names.begin(), names.end(), tenant.tier);
    if (at == names.end())
      throw config::ConfigError(
          {config::problem_at(scenario.plan_at, "simulation.tenants",
                              fleetcast::quoted(tenant.tier) + " is no tier of the cluster" +
                                  suggestion(tenant.tier, "tiers", names))});
    out.tenants[static_cast<std::size_t>(at - names.begin())] += tenant.share;
  }
}

step::Options options_of(const config::Scenario& scenario, const Arguments& arguments) {
  step::Options out{.contention = scenario.spec.simulation.contention,
                    .noise = noise_of(scenario, arguments)};
  out.folded = !arguments.full && !out.noise.unequal();
  read_tenants(scenario, out);
  return out;
}

/// `expected` is the step's time by formulas: of a slower step nothing is said about what is left.
std::string progress_text(const event::Progress& p, Seconds expected, double seconds) {
  const double left = p.simulated > Seconds{} ? seconds * (expected / p.simulated - 1.0) : 0.0;
  return report::duration(p.simulated) + " simulated, " +
         report::duration(Seconds{p.simulated.base() / seconds}) + " a second of yours, " +
         report::amount(double(p.events)) + " events" +
         (left > 0.0 ? ", about " + report::duration(Seconds{left}) + " left" : "");
}

/// A file that gets the timeline while the step is played; an early end leaves none.
class TraceFile {
 public:
  TraceFile(const Arguments& arguments, const report::StepReport& report)
      : output_(arguments.trace, "--trace"),
        trace_([this](std::string_view text) { return output_.add(text); },
               {{"scenario", report.subject.scenario},
                {"model", report.subject.model},
                {"system", report.subject.system}}) {}
  Observer& observer() { return trace_; }
  void finish() {
    trace_.finish();
    output_.finish();
  }

 private:
  Output output_;
  report::ChromeTrace trace_;
};

report::StepReport simulated(const Arguments& arguments, const config::Scenario& scenario,
                             const Plan& plan) {
  const System& system = scenario.systems.front().system;
  const Precision& precision = *scenario.spec.precisions.front();
  const Pricing pricing = pricing_of(scenario, system, precision, plan.global_batch());
  const step::Options options = options_of(scenario, arguments);
  PlanWorkspace w;
  const Estimate estimated = estimate(pricing, plan, run_of(scenario, system, plan), w);
  report::StepReport out{.subject = subject_of(scenario, 0), .plan = plan, .precision = &precision};
  for (const Tier& tier : system.cluster.tiers) out.tiers.push_back(tier.name);
  out.folded = options.folded;
  out.contention = options.contention;
  out.analytic = estimated.timeline;
  const StopSignals stop;
  StatusLine line(arguments.watch);
  event::RunOptions run{.stop = &StopSignals::signal()};
  run.report = [&](const event::Progress& p) {
    if (line.is_due()) line.show(progress_text(p, out.analytic.step_time, line.seconds()));
  };
  std::optional<TraceFile> trace;
  if (!arguments.trace.empty()) trace.emplace(arguments, out);
  out.simulated = step::simulate(w.step, traffic_of(pricing, w.step), step::fabrics_of(system),
                                 options, run, trace ? &trace->observer() : nullptr);
  if (trace && out.simulated.finished) trace->finish();
  out.mfu = estimated.mfu * (out.analytic.step_time / out.simulated.timeline.step_time);
  return out;
}

int refuse(const std::string& why) {
  complain("fleetcast: the plan cannot run: " + why);
  return kInfeasible;
}

}  // namespace

int simulate_step(const Arguments& arguments, const config::Scenario& scenario) {
  if (!arguments.collective.empty()) return simulate_collective(arguments, scenario);
  const ChosenPlan chosen = chosen_plan(scenario);
  if (!chosen.why_none.empty()) return refuse(chosen.why_none);
  const System& system = scenario.systems.front().system;
  const Pricing pricing =
      pricing_of(scenario, system, *scenario.spec.precisions.front(), chosen.plan.global_batch());
  PlanWorkspace workspace;
  MemoryUse memory;
  Misfit misfit = check_plan(pricing, chosen.plan, workspace, memory);
  if (misfit.fits()) misfit = step::admits(chosen.plan);
  if (!misfit.fits()) return refuse(report::misfit_text(misfit));
  const report::StepReport report = simulated(arguments, scenario, chosen.plan);
  if (!report.simulated.finished) {
    complain("fleetcast: stopped; a step that is not over has no time");
    return StopSignals::exit_code();
  }
  write(arguments, report);
  return kFine;
}

}  // namespace fleetcast::cli
