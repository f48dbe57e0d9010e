#pragma once

// Every plan of a space, priced by estimate() without bounds: what search and sizing must agree
// with.

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/candidates.hpp"
#include "sim/plan/estimate.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/plan/search.hpp"

namespace fleetcast::exhaustive {

using Texts = std::vector<std::string>;

/// A scenario of a small model, changed as `--set` would.
inline config::Scenario scenario(const Texts& sets = {}, const char* plan = "{}") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() /
                                     ("fleetcast-plan-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << "name: small\nmodel: llama3-8b\nsystems: [h100-80gb-sxm]\ngpus: 16\n"
                         "training: {seq_len: 4096, global_batch: 64, tokens: 100M}\n"
                         "deadline: 1 h\nplan: "
                      << plan << "\n";
  config::Scenario out = config::load_scenario(path.string(), sets);
  std::filesystem::remove(path);
  return out;
}

/// What search() is to find, from estimates of every plan.
struct Counted {
  long plans = 0, refused = 0;
  std::vector<Scored> ranked;  ///< as SearchResult: best layouts, or the Pareto set
};

/// Of a whole fleet, every plan in every precision of the scenario.
inline Counted search(const config::Scenario& s, const SearchOptions& options) {
  const System& system = s.systems.front().system;
  config::Scenario open = s;
  if (s.spec.plan.tp && s.spec.plan.pp && s.spec.plan.micro_batch) open.spec.plan = {};
  const Space space = space_of(open, system);
  const FleetUse fleet{&system, s.spec.gpus, fleet_for(system, s.spec.gpus)};
  const SearchProblem problem{&s, &system, space, options.objectives, fleet};
  Shortlist best(static_cast<std::size_t>(options.keep), options.objectives.size());
  Counted out;
  for (const Precision* precision : s.spec.precisions) {
    PlanWorkspace workspace;
    Pricing pricing = pricing_of(s, system, *precision, 0.0);
    for_each_plan(space, s.model, problem.gpus(), [&](const Plan& plan) {
      ++out.plans;
      pricing.job.global_batch = batch_of(space, plan);
      const Estimate e = estimate(pricing, plan, run_of(s, system, plan), workspace);
      if (!e.misfit.fits())
        ++out.refused;
      else
        best.add(problem.score(plan, precision, {e.timeline.step_time, e.timeline.compute_busy}));
    });
  }
  out.ranked.assign(best.ranked().begin(), best.ranked().end());
  return out;
}

/// The soonest end of any plan on exactly so many GPUs; 0: none runs.
inline Seconds soonest_on(const config::Scenario& s, int gpus) {
  const System& system = s.systems.front().system;
  const Space space = space_of(s, system);
  Pricing pricing = pricing_of(s, system, *s.spec.precisions.front(), 0.0);
  PlanWorkspace workspace;
  Seconds best{};
  for_each_plan(space, s.model, gpus, [&](const Plan& plan) {
    pricing.job.global_batch = batch_of(space, plan);
    const Estimate e = estimate(pricing, plan, run_of(s, system, plan), workspace);
    const Seconds end = e.run.days * kDay;
    if (e.misfit.fits() && (best == Seconds{} || end < best)) best = end;
  });
  return best;
}

/// The fewest GPUs with which some plan ends within the deadline; 0: none up to `most`.
inline int fewest_gpus(const config::Scenario& s, int most) {
  for (int gpus = 1; gpus <= most; ++gpus) {
    const Seconds end = soonest_on(s, gpus);
    if (end > Seconds{} && end <= s.spec.deadline) return gpus;
  }
  return 0;
}

}  // namespace fleetcast::exhaustive
