#include "sim/plan/candidates.hpp"

#include "models/cost/schedule.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast {
namespace {

double missed_by(const Misfit& m) { return m.needed - m.available; }

}  // namespace

Scored SearchProblem::score(const Plan& plan, const Precision* precision, StepUse step) const {
  const double batches = space.global_batch / plan.global_batch();
  Scored out{plan, precision, {}};
  FleetUse use = fleet;
  use.working = plan.gpus();
  for (std::size_t i = 0; i < objectives.size(); ++i)
    out.value[i] = objectives[i]->of(step, use) * batches;
  return out;
}

void Tally::refuse(const Misfit& misfit, long count) {
  if (count == 0) return;
  for (Refused& r : refused) {
    if (r.reason != misfit.reason) continue;
    r.count += count;
    if (missed_by(misfit) < missed_by(r.example)) r.example = misfit;
    return;
  }
  refused.push_back({misfit.reason, count, misfit});
}

void Tally::add(const Tally& other) {
  for (const Refused& r : other.refused) refuse(r.example, r.count);
}

long plans_of_pipeline(const SearchProblem& problem, Plan plan) {
  const Space& space = problem.space;
  long shardings = 0;
  for (const int zero : space.zero) {
    plan.zero = zero;
    shardings += static_cast<long>(shard_groups_for(space, plan).size());
  }
  return shardings * static_cast<long>(recompute_for(space, problem.scenario->model, plan).size());
}

long plans_of_shape(const SearchProblem& problem, const Plan& shape) {
  long count = 0;
  for_each_pipeline(problem.space, problem.scenario->model, shape, [&](Plan plan) {
    if (spread(problem.space, problem.gpus(), plan)) count += plans_of_pipeline(problem, plan);
  });
  return count;
}

void Collector::start(const Precision& precision) {
  if (pricing_.precision != &precision)
    pricing_ = pricing_of(*problem_.scenario, *problem_.system, precision, 0.0);
  workspace_.clear_layers();
}

Shape Collector::price_shape(const Plan& shape, const Precision& precision) {
  start(precision);
  Plan plan = shape;
  plan.dp = plan.ep * plan.etp;  // any degree that the experts divide
  plan.schedule = &kOneFOneB;
  pricing_.job.global_batch = 0.0;
  Shape out{{shape, &precision, {}}, misfit_of(pricing_.job, plan)};
  if (!out.misfit.fits()) return out;
  lower_layers(pricing_, plan, workspace_.programs, workspace_.step);
  const double sequences =
      problem_.space.global_batch * plan.tp * plan.cp / (problem_.fleet.working * plan.micro_batch);
  const double fewest = problem_.fleet.working * (1.0 - problem_.space.idle);
  const double straggler = straggler_of(*problem_.system, pricing_.calibration, fewest);
  const StepUse least{
      micro_batch_work(workspace_.step, workspace_.engine) *
          (sequences * straggler * kFloorRounding),
      micro_batch_compute(workspace_.step, workspace_.engine) * (sequences * kFloorRounding)};
  for (std::size_t i = 0; i < problem_.objectives.size(); ++i)
    out.floors.value[i] = problem_.objectives[i]->of(least, problem_.fleet);
  return out;
}

void Collector::collect(const Shape& shape, const Shortlist& best, std::vector<Scored>& out,
                        Tally& tally) {
  start(*shape.floors.precision);
  const Plan& plan = shape.floors.plan;
  activations_.fill(problem_.space, pricing_, plan, ops_);
  fitting_.set_shape(activations_);
  for_each_pipeline(problem_.space, problem_.scenario->model, plan,
                    [&](const Plan& p) { collect_pipeline(p, best, out, tally); });
}

void Collector::collect_pipeline(Plan plan, const Shortlist& best, std::vector<Scored>& out,
                                 Tally& tally) {
  const Space& space = problem_.space;
  if (!spread(space, problem_.gpus(), plan)) return;
  pricing_.job.global_batch = batch_of(space, plan);
  Misfit misfit = misfit_of(pricing_.job, plan);
  if (misfit.fits()) misfit = plan.schedule->admits({plan.pp, plan.vp, plan.micro_batches});
  if (!misfit.fits()) return tally.refuse(misfit, plans_of_pipeline(problem_, plan));
  const Bytes usable = problem_.system->gpu.memory_usable;
  fitting_.for_each(
      space, pricing_, plan, workspace_,
      [&](const Plan& candidate) {
        const Scored floors = floors_of(candidate);
        if (!best.hopeless(floors)) out.push_back(floors);
      },
      [&](Bytes nearest, long count) { tally.refuse(out_of_memory(nearest, usable), count); });
}

Scored Collector::floors_of(const Plan& plan) {
  lower_layers(pricing_, plan, workspace_.programs, workspace_.step);
  const StepUse least{step_time_bound(workspace_.step, workspace_.engine) * kFloorRounding,
                      compute_busy(workspace_.step, workspace_.engine) * kFloorRounding};
  return problem_.score(plan, pricing_.precision, least);
}

Scored Collector::price(const Scored& candidate) {
  start(*candidate.precision);
  pricing_.job.global_batch = batch_of(problem_.space, candidate.plan);
  lower(pricing_, candidate.plan, workspace_.programs, workspace_.step);
  const StepUse step{step_time(workspace_.step, workspace_.engine),
                     compute_busy(workspace_.step, workspace_.engine)};
  return problem_.score(candidate.plan, candidate.precision, step);
}

}  // namespace fleetcast
