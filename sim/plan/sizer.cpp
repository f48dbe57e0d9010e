#include "sim/plan/sizer.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

/// The first time limit, in times of kernels alone: assumed to be beyond any run that ends.
constexpr double kMostSlower = 1e4;

}  // namespace

double FleetSizer::goodput_of(double gpus) const {
  const ReliabilitySpec& r = system_->cluster.reliability;
  return best_goodput(1.0 / (interruption_rate(r) * gpus), r.checkpoint, r.restart).share;
}

double FleetSizer::straggler_for(double gpus) const {
  return straggler_of(*system_, book_.pricing().calibration, gpus);
}

/// Of the best that is still allowed: as Open::floor.
double FleetSizer::most_of(const Limits& limits) {
  return limits.fewest ? limits.gpus : limits.time.base();
}

/// Of a shape that takes so much GPU time for a sequence, no plan is better: as Open::floor.
double FleetSizer::shape_floor(Seconds gpu_time, Seconds useful, const Limits& limits) {
  const Seconds whole = gpu_time * limits.sequences;
  return limits.fewest ? whole / useful : (whole / limits.gpus).base();
}

/// Of a time limit, what is left to a shape's own work: stragglers and failures are at least those
/// of the GPUs that it takes without them.
Seconds FleetSizer::useful_of(Seconds gpu_time, const Limits& limits) const {
  const double lossless = std::max(1.0, gpu_time * limits.sequences / limits.time);
  return limits.time * (goodput_of(lossless) / straggler_for(lossless));
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
  return improve(limits, start_from_last(limits));
}

Sized FleetSizer::soonest(double tokens, double gpus) {
  if (book_.shapes().empty() || gpus < 1.0) return {};
  Limits limits{tokens / book_.space().seq_len, 0.0, gpus, {}, false};
  const LayerShape& fastest = book_.shapes()[book_.by_kernels().front()];
  limits.time = fastest.kernel_time * (limits.sequences / gpus * kMostSlower);
  return improve(limits, start_from_last(limits));
}

/// The pipeline of the last answer, at the best it can do: a good answer early prunes the rest.
FleetSizer::Found FleetSizer::start_from_last(Limits& limits) {
  Found found;
  if (!last_.best.found) return found;
  open_.clear();
  next_ = book_.by_kernels().size();
  Open last;
  last.shape = book_.pairings()[last_.pairing].shape;
  last.pairing = static_cast<std::uint32_t>(last_.pairing);
  last.useful = useful_of(shape_of(last).gpu_time, limits);
  open(last, limits);
  try_open(limits, found);
  return found;
}

Sized FleetSizer::improve(Limits& limits, Found found) {
  open_.clear();
  next_ = 0;
  const Seconds least = book_.shapes()[book_.by_kernels().front()].kernel_time;
  most_useful_ = useful_of(least, limits) / limits.time;
  try_open(limits, found);
  if (found.best.found) last_ = found;
  return found.best;
}

/// All that may be better than what is open.
void FleetSizer::open_shapes(const Limits& limits) {
  const std::vector<std::size_t>& shapes = book_.by_kernels();
  for (; next_ < shapes.size(); ++next_) {
    const Seconds least = book_.shapes()[shapes[next_]].kernel_time;
    const double floor = shape_floor(least, limits.time * most_useful_, limits);
    if (floor > (open_.empty() ? most_of(limits) : open_.front().floor)) return;
    open_shape(shapes[next_], limits);
  }
}

void FleetSizer::open_shape(std::size_t shape, const Limits& limits) {
  const Seconds least = book_.shapes()[shape].gpu_time;
  if (shape_floor(least, limits.time * most_useful_, limits) > most_of(limits)) return;
  Open whole;
  whole.shape = static_cast<std::uint32_t>(shape);
  whole.useful = useful_of(least, limits);
  whole.floor = shape_floor(least, whole.useful, limits);
  if (whole.floor <= most_of(limits)) push(whole);
}

void FleetSizer::open(Open next, const Limits& limits) {
  if (narrow(next, limits)) push(next);
}

void FleetSizer::push(const Open& next) {
  open_.push_back(next);
  std::push_heap(open_.begin(), open_.end(), is_worse);
}

/// The most promising first. What is learned of one may put it behind others again.
void FleetSizer::try_open(Limits& limits, Found& found) {
  for (;;) {
    open_shapes(limits);
    if (open_.empty()) return;
    std::pop_heap(open_.begin(), open_.end(), is_worse);
    const Open best = open_.back();
    open_.pop_back();
    if (best.floor > most_of(limits)) return;
    if (best.pairing == kAll)
      look_into(best, limits);
    else
      look_at(best, limits, found);
  }
}

/// A shape, for its pairings: what it exchanges is asked only where one of them may do without.
void FleetSizer::look_into(const Open& whole, const Limits& limits) {
  const PairingRange all = book_.pair(whole.shape);
  if (!book_.knows_exchange(whole.shape)) {
    if (!any_may_keep(whole, all, limits)) return;
    book_.learn_exchange(whole.shape);
    return open_shape(whole.shape, limits);
  }
  Open next = whole;
  for (next.pairing = all.first; next.pairing < all.last; ++next.pairing) open(next, limits);
}

bool FleetSizer::any_may_keep(const Open& whole, PairingRange pairings,
                              const Limits& limits) const {
  for (std::uint32_t pairing = pairings.first; pairing < pairings.last; ++pairing) {
    Open next = whole;
    next.pairing = pairing;
    if (narrow(next, limits)) return true;
  }
  return false;
}

void FleetSizer::look_at(Open next, Limits& limits, Found& found) {
  const double promised = next.floor;
  if (!narrow(next, limits)) return;
  if (next.floor <= promised && !book_.learn(next.pairing)) {
    price(next, limits, found);
    next.dp += limits.fewest ? 1 : -1;
    if (next.dp == 0) return;
  }
  open(next, limits);
}

const LayerShape& FleetSizer::shape_of(const Open& open) const {
  return book_.shapes()[open.shape];
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
  double low = std::max(std::ceil(alone), std::floor(limits.more_than / ranks) + 1.0);
  const Seconds each = open.useful / limits.sequences;  // of one
  const double start_share = kFloorRounding / book_.most_batch();
  const bool may_keep = p.floor.all_lines(floors, [&](const PipelineLine& line) {
    const Seconds left = (each - line.start * start_share) * sequences;
    const Seconds needed = line.each * kFloorRounding;
    if (needed > left * double(high)) return false;
    if (needed > left * low) low = std::ceil(needed / left);
    return true;
  });
  if (!may_keep) return {};
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
    const auto is_late = [&] {
      const Seconds least = step_time_bound(step, engine) * kFloorRounding;
      return run_time(candidate, least, limits.sequences) > limits.time;
    };
    if (is_late()) return;
    lower_exchange(book_.pricing(), step);
    if (is_late()) return;
    ++priced_;
    const Seconds time = run_time(candidate, step_time(step, engine), limits.sequences);
    if (time > limits.time) return;
    found = {{true, candidate, time}, open.pairing};
    if (limits.fewest)
      limits.gpus = candidate.gpus() - 1;
    else
      limits.time = time * kFloorRounding;
  };
  book_.for_each_fitting(open.shape, plan, play);
}

SizerCounts FleetSizer::counts() const {
  const long priced_shapes = static_cast<long>(book_.shapes().size());
  return {priced_shapes + book_.refused(), book_.refused(),
          priced_shapes - static_cast<long>(next_), priced_};
}

}  // namespace fleetcast
