#include "sim/plan/sizer.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

/// The first answer is looked for near its floor, then farther away: a narrow limit prunes most.
constexpr double kWidening = 1.1;
/// No run that ends takes longer than its floor by more.
constexpr double kMostWidening = 1e4;

}  // namespace

double FleetSizer::goodput_of(double gpus) const {
  const ReliabilitySpec& r = system_->cluster.reliability;
  return best_goodput(1.0 / (interruption_rate(r) * gpus), r.checkpoint, r.restart).share;
}

double FleetSizer::straggler_for(double gpus) const {
  return straggler_of(*system_, book_.pricing().calibration, gpus);
}

/// Of a time limit, what is left to a shape's own work: stragglers and failures are at least those
/// of the GPUs that it takes without them.
Seconds FleetSizer::useful_of(Seconds gpu_time, const Limits& limits) const {
  const double lossless = std::max(1.0, gpu_time * limits.sequences / limits.time);
  return limits.time * (goodput_of(lossless) / straggler_for(lossless));
}

/// With fewer GPUs no plan of the shape keeps the time limit.
double FleetSizer::least_gpus(Seconds gpu_time, const Limits& limits) const {
  return gpu_time * limits.sequences / useful_of(gpu_time, limits);
}

Seconds FleetSizer::run_time(const Plan& plan, Seconds step, double sequences) const {
  return step * std::ceil(sequences / plan.global_batch()) / goodput_of(plan.gpus());
}

double FleetSizer::most_gpus() const {
  double ranks = 0.0, stages = 1.0;
  for (const LayerShape& s : book_.shapes())
    ranks = std::max(ranks, double(s.plan.tp) * s.plan.cp * book_.most_degree(s.plan.micro_batch));
  for (const Pipeline& p : book_.pipelines()) stages = std::max(stages, double(p.pp));
  return ranks * stages;
}

Sized FleetSizer::fewest(double tokens, Seconds deadline) {
  if (book_.shapes().empty()) return {};
  Limits limits{tokens / book_.space().seq_len, 0.0, most_gpus(), deadline, true};
  Found found = start_from_last(limits);
  if (found.best.found) {
    found.best = improve(limits, found);
  } else {
    const double most = limits.gpus;
    double wide = std::max(8.0, least_gpus(book_.shapes().front().gpu_time, limits));
    while (!found.best.found && limits.more_than < most) {
      wide *= kWidening;
      limits.gpus = std::min(most, std::floor(wide));
      found.best = improve(limits, found);
      limits.more_than = limits.gpus;
    }
  }
  return found.best;
}

Sized FleetSizer::soonest(double tokens, double gpus) {
  if (book_.shapes().empty() || gpus < 1.0) return {};
  Limits limits{tokens / book_.space().seq_len, 0.0, gpus, {}, false};
  const Seconds floor = book_.shapes().front().gpu_time * (limits.sequences / gpus);
  limits.time = floor * kMostWidening;
  Found found = start_from_last(limits);
  if (found.best.found) return improve(limits, found);
  for (double wide = kWidening; !found.best.found && wide < kMostWidening; wide *= kWidening) {
    limits.time = floor * wide;
    found.best = improve(limits, found);
  }
  return found.best;
}

/// The pipeline of the last answer, at the best it can do: a good answer early prunes the rest.
FleetSizer::Found FleetSizer::start_from_last(Limits& limits) {
  Found found;
  if (!last_.best.found) return found;
  const Seconds useful = useful_of(book_.shapes()[last_.shape].gpu_time, limits);
  improve_pipeline(last_.shape, last_.pipeline, useful, limits, found);
  return found;
}

Sized FleetSizer::improve(Limits& limits, Found found) {
  const std::vector<LayerShape>& shapes = book_.shapes();
  pruned_ = 0;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (least_gpus(shapes[i].gpu_time, limits) > limits.gpus) {
      pruned_ = static_cast<long>(shapes.size() - i);
      break;
    }
    // Of the limit as it is now; that it may shrink meanwhile only leaves more to look at.
    const Seconds useful = useful_of(shapes[i].gpu_time, limits);
    for (std::size_t j = 0; j < book_.pipelines().size(); ++j)
      improve_pipeline(i, j, useful, limits, found);
  }
  if (found.best.found) last_ = found;
  return found.best;
}

/// Data-parallel degrees with which a pipeline may keep the limits: its steps of m micro-batches
/// take start + m * each, and useful * batch / sequences is there for one.
FleetSizer::Range FleetSizer::degrees(std::size_t shape, std::size_t pipeline,
                                      const LayerFloors& floors, Seconds useful,
                                      const Limits& limits) const {
  const LayerShape& s = book_.shapes()[shape];
  const Pipeline& p = book_.pipelines()[pipeline];
  const Space& space = book_.space();
  const double batch = space.global_batch * (1.0 + space.batch_tolerance);
  const double ranks = double(s.plan.tp) * s.plan.cp * p.pp;
  const int fewest = p.schedule->chunked ? p.pp : 1;  // micro-batches
  const double high = std::min(std::floor(limits.gpus / ranks),
                               double(book_.most_degree(s.plan.micro_batch) / fewest));
  const double alone = s.gpu_time * limits.sequences / (useful * ranks);  // without bubbles
  double low = std::max(std::ceil(alone), std::floor(limits.more_than / ranks) + 1.0);
  if (low > high) return {};
  p.floor.for_each_line(floors, [&](const PipelineLine& line) {
    const Seconds left = useful / limits.sequences - line.start * (kFloorRounding / batch);
    const double least = line.each * kFloorRounding / (left * double(s.plan.micro_batch));
    low = left > Seconds{} ? std::max(low, std::ceil(least)) : high + 1.0;
  });
  return low <= high ? Range{static_cast<int>(low), static_cast<int>(high)} : Range{};
}

void FleetSizer::improve_pipeline(std::size_t shape, std::size_t pipeline, Seconds useful,
                                  Limits& limits, Found& found) {
  const LayerFloors* floors = book_.known_floors_of(shape, pipeline);
  if (floors == nullptr) return;
  Range range = degrees(shape, pipeline, *floors, useful, limits);
  if (range.low > range.high) return;
  floors = book_.floors_of(shape, pipeline);
  if (floors == nullptr) return;
  const LayerFloors fitting = *floors;
  range = degrees(shape, pipeline, fitting, useful, limits);
  Plan plan = book_.plan_of(shape, pipeline);
  for (int i = 0; i <= range.high - range.low; ++i) {
    const int dp = limits.fewest ? range.low + i : range.high - i;
    if (!divide(book_.space(), dp, plan) || !may_keep(plan, pipeline, fitting, limits)) continue;
    if (improve_plan(shape, pipeline, plan, limits, found) && limits.fewest) return;
  }
}

bool FleetSizer::may_keep(const Plan& plan, std::size_t pipeline, const LayerFloors& floors,
                          const Limits& limits) const {
  Seconds step{};
  book_.pipelines()[pipeline].floor.for_each_line(floors, [&](const PipelineLine& line) {
    step = std::max(step, line.start + line.each * plan.micro_batches);
  });
  const Seconds least = step * (straggler_for(plan.gpus()) * kFloorRounding);
  return run_time(plan, least, limits.sequences) <= limits.time;
}

bool FleetSizer::improve_plan(std::size_t shape, std::size_t pipeline, const Plan& plan,
                              Limits& limits, Found& found) {
  bool improved = false;
  book_.for_each_fitting(shape, plan, [&](const Plan& candidate, const LayerFloors& floors) {
    if (!may_keep(candidate, pipeline, floors, limits)) return;
    Step& step = book_.lower_candidate(candidate);
    EngineWorkspace& engine = book_.workspace().engine;
    const Seconds least = step_time_bound(step, engine) * kFloorRounding;
    if (run_time(candidate, least, limits.sequences) > limits.time) return;
    ++priced_;
    lower_exchange(book_.pricing(), step);
    const Seconds time = run_time(candidate, step_time(step, engine), limits.sequences);
    if (time > limits.time) return;
    found = {{true, candidate, time}, shape, pipeline};
    improved = true;
    if (limits.fewest)
      limits.gpus = candidate.gpus() - 1;
    else
      limits.time = time * kFloorRounding;
  });
  return improved;
}

SizerCounts FleetSizer::counts() const {
  const long priced_shapes = static_cast<long>(book_.shapes().size());
  return {priced_shapes + book_.refused(), book_.refused(), pruned_, priced_};
}

}  // namespace fleetcast
