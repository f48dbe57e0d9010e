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

Sized FleetSizer::fewest(double tokens, Seconds deadline, double at_least) {
  if (book_.shapes().empty()) return {};
  Limits limits{tokens / book_.space().seq_len, at_least - 1.0, most_gpus(), deadline, true};
  Found found = start_from_last(limits);
  if (found.best.found) {
    found.best = improve(limits, found);
  } else {
    const double most = limits.gpus;
    double wide =
        std::max(8.0, least_gpus(book_.shapes()[book_.by_kernels().front()].kernel_time, limits));
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
  const Seconds floor =
      book_.shapes()[book_.by_kernels().front()].kernel_time * (limits.sequences / gpus);
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
  open_.clear();
  Open last{0.0, last_.pairing, 0, {}};
  last.useful = useful_of(shape_of(last).gpu_time, limits);
  open(last, limits);
  try_open(limits, found);
  return found;
}

Sized FleetSizer::improve(Limits& limits, Found found) {
  open_all(limits);
  try_open(limits, found);
  if (found.best.found) last_ = found;
  return found.best;
}

void FleetSizer::open_all(const Limits& limits) {
  const std::vector<std::size_t>& by_kernels = book_.by_kernels();
  open_.clear();
  pruned_ = 0;
  for (std::size_t i = 0; i < by_kernels.size(); ++i) {
    const LayerShape& shape = book_.shapes()[by_kernels[i]];
    if (least_gpus(shape.kernel_time, limits) > limits.gpus) {
      pruned_ = static_cast<long>(by_kernels.size() - i);
      break;
    }
    const Seconds useful = useful_of(shape.gpu_time, limits);
    for (std::size_t p = shape.first; p < shape.last; ++p) {
      Open next{0.0, p, 0, useful};
      if (narrow(next, limits)) open_.push_back(next);
    }
  }
  std::make_heap(open_.begin(), open_.end(), is_worse);
}

void FleetSizer::open(Open next, const Limits& limits) {
  if (!narrow(next, limits)) return;
  open_.push_back(next);
  std::push_heap(open_.begin(), open_.end(), is_worse);
}

/// The most promising first. What is learned of one may put it behind others again.
void FleetSizer::try_open(Limits& limits, Found& found) {
  while (!open_.empty()) {
    std::pop_heap(open_.begin(), open_.end(), is_worse);
    const Open best = open_.back();
    open_.pop_back();
    if (best.floor > (limits.fewest ? limits.gpus : limits.time.base())) return;
    look_at(best, limits, found);
  }
}

void FleetSizer::look_at(Open next, Limits& limits, Found& found) {
  const double promised = next.floor;
  if (!narrow(next, limits)) return;
  if (next.floor <= promised) {
    const Seconds known = shape_of(next).gpu_time;
    if (!book_.learn(next.pairing)) {
      price(next, limits, found);
      next.dp += limits.fewest ? 1 : -1;
      if (next.dp == 0) return;
    } else if (shape_of(next).gpu_time > known) {
      next.useful = useful_of(shape_of(next).gpu_time, limits);
    }
  }
  open(next, limits);
}

const LayerShape& FleetSizer::shape_of(const Open& open) const {
  return book_.shapes()[book_.pairings()[open.pairing].shape];
}

const Pipeline& FleetSizer::pipeline_of(const Open& open) const {
  return book_.pipelines()[book_.pairings()[open.pairing].pipeline];
}

/// To the replicas with which it may keep the limits, from where it stands on; false: with none.
bool FleetSizer::narrow(Open& open, const Limits& limits) const {
  const LayerFloors* floors = book_.known_floors_of(open.pairing);
  if (floors == nullptr) return false;
  Range range = degrees(open, *floors, limits);
  if (open.dp > 0 && limits.fewest) range.low = std::max(range.low, open.dp);
  if (open.dp > 0 && !limits.fewest) range.high = std::min(range.high, open.dp);
  if (range.low > range.high) return false;
  open.dp = limits.fewest ? range.low : range.high;
  open.floor = floor_of(open, *floors, limits);
  return true;
}

double FleetSizer::floor_of(const Open& open, const LayerFloors& floors,
                            const Limits& limits) const {
  const Plan& shape = shape_of(open).plan;
  const Pipeline& p = pipeline_of(open);
  if (limits.fewest) return double(shape.tp) * shape.cp * p.pp * open.dp;
  Seconds sequence{};
  p.floor.for_each_line(floors, [&](const PipelineLine& line) {
    sequence = std::max(sequence, line.start / book_.most_batch() +
                                      line.each / (double(open.dp) * shape.micro_batch));
  });
  return (sequence * (limits.sequences * kFloorRounding)).base();
}

/// Data-parallel degrees with which a pipeline may keep the limits: its steps of m micro-batches
/// take start + m * each, and useful * batch / sequences is there for one.
FleetSizer::Range FleetSizer::degrees(const Open& open, const LayerFloors& floors,
                                      const Limits& limits) const {
  const LayerShape& s = shape_of(open);
  const Pipeline& p = pipeline_of(open);
  const double ranks = double(s.plan.tp) * s.plan.cp * p.pp;
  const double sequences = s.plan.micro_batch;                            // of a micro-batch
  const double micro_batches = p.schedule->chunked ? double(p.pp) : 1.0;  // at least
  const int high = static_cast<int>(
      std::min(limits.gpus / ranks, book_.most_batch() / (sequences * micro_batches)));
  const double alone = s.gpu_time * limits.sequences / (open.useful * ranks);  // without bubbles
  if (alone > high || high * ranks <= limits.more_than) return {};
  const Seconds each = open.useful / limits.sequences;  // of one
  const auto left = [&](const PipelineLine& line) {
    return (each - line.start * (kFloorRounding / book_.most_batch())) * sequences;
  };
  bool may_keep = true;
  p.floor.for_each_line(floors, [&](const PipelineLine& line) {
    may_keep = may_keep && line.each * kFloorRounding <= left(line) * double(high);
  });
  if (!may_keep) return {};
  double low = std::max(std::ceil(alone), std::floor(limits.more_than / ranks) + 1.0);
  p.floor.for_each_line(floors, [&](const PipelineLine& line) {
    low = std::max(low, std::ceil(line.each * kFloorRounding / left(line)));
  });
  return {static_cast<int>(low), high};
}

/// All plans of the pipeline with its replicas.
void FleetSizer::price(const Open& open, Limits& limits, Found& found) {
  Plan plan = book_.plan_of(book_.pairings()[open.pairing]);
  if (!divide(book_.space(), open.dp, plan)) return;
  const LayerFloors floors = *book_.known_floors_of(open.pairing);
  if (may_keep(plan, pipeline_of(open), floors, limits)) price_plan(open, plan, limits, found);
}

bool FleetSizer::may_keep(const Plan& plan, const Pipeline& pipeline, const LayerFloors& floors,
                          const Limits& limits) const {
  Seconds step{};
  pipeline.floor.for_each_line(floors, [&](const PipelineLine& line) {
    step = std::max(step, line.start + line.each * plan.micro_batches);
  });
  const Seconds least = step * (straggler_for(plan.gpus()) * kFloorRounding);
  return run_time(plan, least, limits.sequences) <= limits.time;
}

void FleetSizer::price_plan(const Open& open, const Plan& plan, Limits& limits, Found& found) {
  const auto play = [&](const Plan& candidate, const LayerFloors& floors) {
    if (!may_keep(candidate, pipeline_of(open), floors, limits)) return;
    Step& step = book_.lower_candidate(candidate);
    EngineWorkspace& engine = book_.workspace().engine;
    const Seconds least = step_time_bound(step, engine) * kFloorRounding;
    if (run_time(candidate, least, limits.sequences) > limits.time) return;
    ++priced_;
    lower_exchange(book_.pricing(), step);
    const Seconds time = run_time(candidate, step_time(step, engine), limits.sequences);
    if (time > limits.time) return;
    found = {{true, candidate, time}, open.pairing};
    if (limits.fewest)
      limits.gpus = candidate.gpus() - 1;
    else
      limits.time = time * kFloorRounding;
  };
  book_.for_each_fitting(book_.pairings()[open.pairing].shape, plan, play);
}

SizerCounts FleetSizer::counts() const {
  const long priced_shapes = static_cast<long>(book_.shapes().size());
  return {priced_shapes + book_.refused(), book_.refused(), pruned_, priced_};
}

}  // namespace fleetcast
