#include "sim/plan/fleet.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "sim/plan/parallel.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast {
namespace {

/// Fewer and more tokens than asked for, as shares of them.
constexpr std::array<double, 3> kTokenShares{0.5, 0.75, 1.5};

/// Fleets of a curve over the answer: from a fourth to four times, half a doubling apart.
constexpr int kCurveSteps = 4;

/// Fills one system at one precision, and its place in the answers to other jobs.
class FleetWriter {
 public:
  FleetWriter(const config::Scenario& scenario, const Fleet& fleet, FleetSizer& sizer)
      : scenario_(scenario), system_(scenario.systems[fleet.system].system), sizer_(sizer) {}

  void fill(Fleet& out, const FleetOptions& options) {
    const config::ScenarioSpec& spec = scenario_.spec;
    Sized sized = sizer_.fewest(spec.training.tokens, spec.deadline);
    if (sized.found) sized = sizer_.soonest(spec.training.tokens, sized.plan.gpus());
    out.feasible = sized.found;
    out.counts = sizer_.counts();
    if (!sized.found) {
      out.why_not =
          !sizer_.book().shapes().empty() ? "no plan meets the deadline" : "no plan fits in memory";
      return;
    }
    const double order = system_.cluster.order_gpus;
    const RunInput run = run_of(scenario_, system_, sized.plan);
    out.estimate = estimate_of(sized.plan);
    out.gpus = out.estimate.fleet_gpus;
    out.p10_gpus = std::ceil(sized.plan.gpus() * run.ratio_p10 / order) * order;
    out.p90_gpus = std::ceil(sized.plan.gpus() * run.ratio_p90 / order) * order;
    if (!options.answer_only) out.smaller = point(out.gpus - order);
    if (options.curve) add_curve(out);
  }

  /// Requires: a feasible fleet.
  void add_curve(Fleet& out) {
    for (int i = -kCurveSteps; i <= kCurveSteps; ++i)
      out.curve.push_back(point(fleet_for(system_, out.gpus * std::exp2(0.5 * i))));
  }

  double gpus_for(const OtherJob& job) {
    const Sized sized = sizer_.fewest(job.tokens, job.deadline);
    return sized.found ? fleet_for(system_, sized.plan.gpus()) : 0.0;
  }

 private:
  FleetPoint point(double gpus) {
    const Sized sized = sizer_.soonest(scenario_.spec.training.tokens, gpus);
    if (!sized.found) return {};
    Estimate e = estimate_of(sized.plan);
    return {gpus, e.run.days, std::move(e)};
  }

  Estimate estimate_of(const Plan& plan) {
    Pricing pricing = sizer_.book().pricing();
    pricing.job.global_batch = plan.global_batch();
    PlanWorkspace& workspace = sizer_.workspace();
    workspace.clear_layers();
    return estimate(pricing, plan, run_of(scenario_, system_, plan), workspace);
  }

  const config::Scenario& scenario_;
  const System& system_;
  FleetSizer& sizer_;
};

FleetAnswer questions_of(const config::Scenario& scenario) {
  const config::ScenarioSpec& spec = scenario.spec;
  FleetAnswer out;
  for (std::size_t s = 0; s < scenario.systems.size(); ++s)
    for (const Precision* precision : spec.precisions) {
      Fleet& fleet = out.fleets.emplace_back();
      fleet.system = s;
      fleet.precision = precision;
    }
  const std::vector<double> none(out.fleets.size());
  for (const double share : kTokenShares)
    out.tokens.push_back({spec.training.tokens * share, spec.deadline, none});
  for (const Seconds deadline : spec.deadlines)
    out.deadlines.push_back({spec.training.tokens, deadline, none});
  return out;
}

}  // namespace

FleetAnswer size_fleets(const config::Scenario& scenario, const FleetOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  FleetAnswer answer = questions_of(scenario);
  std::vector<PlanWorkspace> workers(threads_or_all(options.threads));
  FleetSizers own;
  FleetSizers& sizers = options.keep != nullptr ? *options.keep : own;
  sizers.clear();
  sizers.resize(answer.fleets.size());
  in_parallel(workers, answer.fleets.size(), [&](PlanWorkspace& workspace, std::size_t i) {
    Fleet& fleet = answer.fleets[i];
    const System& system = scenario.systems[fleet.system].system;
    if (!runs(system, *fleet.precision)) {
      fleet.why_not = "no " + std::string(fleet.precision->key) + " on this GPU";
      return;
    }
    FleetSizer& sizer = sizers[i].emplace(scenario, system, *fleet.precision, workspace);
    FleetWriter writer(scenario, fleet, sizer);
    writer.fill(fleet, options);
    if (!options.answer_only)
      for (auto* jobs : {&answer.tokens, &answer.deadlines})
        for (OtherJob& job : *jobs) job.gpus[i] = writer.gpus_for(job);
    if (options.keep == nullptr) sizers[i].reset();
  });
  answer.elapsed =
      Seconds{std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
  return answer;
}

void add_curves(const config::Scenario& scenario, std::span<const std::size_t> which,
                FleetSizers& sizers, FleetAnswer& answer, unsigned threads) {
  std::vector<PlanWorkspace> workers(threads_or_all(threads));
  in_parallel(workers, which.size(), [&](PlanWorkspace& workspace, std::size_t i) {
    Fleet& fleet = answer.fleets[which[i]];
    if (!fleet.feasible || !fleet.curve.empty()) return;
    FleetSizer& sizer = *sizers[which[i]];
    sizer.work_in(workspace);
    FleetWriter(scenario, fleet, sizer).add_curve(fleet);
  });
}

}  // namespace fleetcast
