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
#include "sim/plan/estimate.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/plan/space.hpp"

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

/// All plans of the space that use dp replicas, with the micro-batches that go with them.
template <class Visit>
void for_each_plan(const config::Scenario& s, const Space& space, int gpus, Visit&& visit) {
  for_each_layer_shape(space, [&](const Plan& layer) {
    for_each_pipeline(space, s.model, layer, [&](Plan plan) {
      const int shape = plan.tp * plan.cp * plan.pp;
      if (gpus % shape != 0) return;
      plan.dp = gpus / shape;
      const double unit = double(plan.dp) * plan.micro_batch;
      const double batch = config::batch_near(space.global_batch, unit, space.batch_tolerance);
      plan.micro_batches = std::max(1, static_cast<int>(batch / unit));
      visit(plan, batch);
    });
  });
}

struct Counted {
  long plans = 0, refused = 0;
  Estimate best;
  double best_time = 0;  ///< of a sequence, seconds; 0: no plan runs
};

/// Of a whole fleet, every plan.
inline Counted search(const config::Scenario& s) {
  const System& system = s.systems.front().system;
  config::Scenario open = s;
  if (s.spec.plan.tp && s.spec.plan.pp && s.spec.plan.micro_batch) open.spec.plan = {};
  Counted out;
  PlanWorkspace workspace;
  for_each_plan(s, space_of(open, system), static_cast<int>(s.spec.gpus),
                [&](const Plan& plan, double batch) {
                  ++out.plans;
                  const Pricing pricing = pricing_of(s, system, *s.spec.precisions.front(), batch);
                  const Estimate e = estimate(pricing, plan, run_of(s, system, plan), workspace);
                  if (!e.misfit.fits()) {
                    ++out.refused;
                    return;
                  }
                  const double time = e.timeline.step_time.base() / plan.global_batch();
                  if (out.best_time > 0 && time >= out.best_time) return;
                  out.best_time = time;
                  out.best = e;
                });
  return out;
}

/// The fewest GPUs with which some plan ends within the deadline; 0: none up to `most`.
inline int fewest_gpus(const config::Scenario& s, int most) {
  const System& system = s.systems.front().system;
  const Space space = space_of(s, system);
  PlanWorkspace workspace;
  for (int gpus = 1; gpus <= most; ++gpus) {
    bool found = false;
    for_each_plan(s, space, gpus, [&](const Plan& plan, double batch) {
      if (found || std::fmod(batch, double(plan.dp) * plan.micro_batch) != 0.0) return;
      const Pricing pricing = pricing_of(s, system, *s.spec.precisions.front(), batch);
      const Estimate e = estimate(pricing, plan, run_of(s, system, plan), workspace);
      found = e.misfit.fits() && e.run.days * kDay <= s.spec.deadline;
    });
    if (found) return gpus;
  }
  return 0;
}

}  // namespace fleetcast::exhaustive
