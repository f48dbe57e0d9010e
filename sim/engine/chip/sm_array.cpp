#include "sim/engine/chip/sm_array.hpp"

#include <cassert>
#include <cmath>

namespace fleetcast::chip {
namespace {

/// The latest of what a group of steps waits for, and which that is.
struct Latest {
  Seconds at{};
  Cause cause = Cause::kOperands;

  void take(Seconds other, Cause why) {
    if (other > at) at = other, cause = why;
  }
};

// Half the bits switch half as much.
double energy_share(Dtype d) { return bits_of(d) / 16.0; }

}  // namespace

SmArray::SmArray(const ChipSpec& spec, MemoryPort& hbm, Governor& governor, event::Agenda& agenda,
                 std::uint32_t number)
    : spec_(spec),
      hbm_(hbm),
      governor_(governor),
      agenda_(agenda),
      number_(number),
      l2_channel_(spec.l2, Seconds{}),
      l2_(spec.l2_capacity) {
  agenda.add(number, *this);
}

void SmArray::launch(const Running& kernel, bool warm) {
  kernels_.push_back({kernel, l2_.admit(kernel.grid->panels()), {}, {}});
  if (warm && !kernel.background) warm_up(kernels_.back());
  int sms = kernel.sms;
  next_tiles(static_cast<std::uint32_t>(kernels_.size() - 1), sms, agenda_.now(), 0.0);
}

void SmArray::warm_up(const Kernel& kernel) {
  kernel.running.grid->rewind();
  while (const Batch* batch = kernel.running.grid->next(kernel.running.sms)) {
    use(kernel, batch->read);
    use(kernel, batch->written);
  }
  kernel.running.grid->rewind();
}

Bytes SmArray::use(const Kernel& kernel, const std::vector<Panel>& panels) {
  Bytes missed{};
  for (const Panel& panel : panels) missed += l2_.use({kernel.first_panel + panel.id, panel.bytes});
  return missed;
}

std::uint32_t SmArray::take_actor() {
  if (free_.empty()) {
    actors_.emplace_back();
    return static_cast<std::uint32_t>(actors_.size() - 1);
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  return index;
}

/// Gives SMs that are free from `at` on their next tiles, and leaves in `sms` how many got none.
/// False: none did.
bool SmArray::next_tiles(std::uint32_t kernel, int& sms, Seconds at, double hidden) {
  bool any = false;
  while (sms > 0) {
    const Batch* batch = kernels_[kernel].running.grid->next(sms);
    if (batch == nullptr) break;
    assert(batch->sms <= sms && batch->steps > 0.0);
    const std::uint32_t index = take_actor();
    Actor& actor = actors_[index];
    actor.kernel = kernel;
    actor.waits = true;
    actor.batch = *batch;
    actor.hidden = hidden;
    foreground_ += kernels_[kernel].running.background ? 0 : 1;
    sms -= batch->sms;
    agenda_.post(at, number_, index);
    any = true;
  }
  return any;
}

void SmArray::begin(Actor& actor, Seconds now) {
  const Batch& batch = actor.batch;
  Kernel& kernel = kernels_[actor.kernel];
  kernel.sums.tiles += batch.tiles;
  actor.waits = false;
  actor.asked = 0;
  actor.missed = use(kernel, batch.read) / batch.steps;
  actor.left = batch.steps;
  actor.group = std::max((batch.steps - 1.0) / batch.groups, 1.0);
  actor.loaded = actor.computed = now;
  ask(actor, now, std::min(1.0, actor.left));
  if (actor.left > 0.0) ask(actor, now, std::min(actor.group, actor.left));
}

/// Time of `steps` of one SM, entered by cause for all of them.
Seconds SmArray::compute(const Batch& batch, double steps, Outcome& sums) const {
  const FlopsPerSecond peak = spec_.tensor_of(batch.dtype);
  const bool multiplies = batch.tensor > Flops{};
  const Seconds asked_for = multiplies ? batch.useful / peak : Seconds{};
  const Seconds padded = multiplies ? batch.tensor / peak : Seconds{};
  const Seconds tensor = padded / batch.issue;
  Seconds vector{batch.exponentials / spec_.exponentials_per_second};
  if (batch.vector > Flops{}) vector += batch.vector / spec_.vector;
  const Seconds whole =
      std::max(tensor, vector) + (1.0 - batch.vector_overlap) * std::min(tensor, vector);
  const Seconds clocked = whole / governor_.clock();
  const double times = steps * batch.sms;
  sums[Cause::kTensor] += asked_for * times;
  sums[Cause::kPadding] += (padded - asked_for) * times;
  sums[Cause::kIssue] += (tensor - padded) * times;
  sums[Cause::kVector] += (whole - tensor) * times;
  sums[Cause::kPower] += (clocked - whole) * times;
  return clocked * steps;
}

void SmArray::ask(Actor& actor, Seconds now, double steps) {
  const Batch& batch = actor.batch;
  Kernel& kernel = kernels_[actor.kernel];
  const bool first = actor.asked == 0 && actor.left == batch.steps;
  const double clock = governor_.clock();
  const Bytes operands = batch.operands * (steps * batch.sms);
  const Bytes memory = actor.missed * steps + batch.streamed * (steps * batch.sms);
  // Little's law: as many steps as there are buffers take a latency, but for the first of all.
  const double missing = operands > Bytes{} ? std::min(1.0, memory / operands) : 0.0;
  const Seconds latency =
      spec_.made.l2_latency + (spec_.made.hbm_latency - spec_.made.l2_latency) * missing;
  Seconds step{};
  if (operands > Bytes{}) step = batch.operands / (spec_.port * clock);
  if (operands > Bytes{} && !first) step = std::max(step, latency / batch.buffers);
  step = std::max(step, batch.streamed / (spec_.port * clock));
  const Seconds start = std::max(now, actor.loaded);
  Latest ready{start + step * steps, Cause::kOperands};
  ready.take(start + batch.pace * steps, Cause::kLink);
  if (operands > Bytes{}) ready.take(l2_channel_.transfer(now, operands, clock), Cause::kL2);
  if (memory > Bytes{}) ready.take(hbm_.transfer(now, memory), Cause::kHbm);
  kernel.sums.l2 += operands;
  kernel.sums.hbm += memory;
  if (first && operands > Bytes{}) {
    ready.take(ready.at + spec_.made.l2_latency, Cause::kFill);
    ready.at = now + (ready.at - now) * (1.0 - actor.hidden);
  }
  actor.loaded = ready.at;
  const Seconds math = compute(batch, steps, kernel.sums);
  const Seconds end = std::max(actor.computed + math, ready.at + math / std::max(1.0, steps));
  kernel.sums[ready.cause] += (end - actor.computed - math) * static_cast<double>(batch.sms);
  actor.computed = end;
  actor.end[static_cast<std::size_t>(actor.asked)] = end;
  actor.clock[static_cast<std::size_t>(actor.asked)] = clock;
  actor.steps[static_cast<std::size_t>(actor.asked++)] = steps;
  actor.left -= steps;
  if (actor.left < 1e-9 * batch.steps) actor.left = 0.0;  // rounding
}

void SmArray::handle(const event::Event& event) {
  const std::uint32_t index = event.actor();
  Actor& actor = actors_[index];
  if (actor.waits) {
    begin(actor, event.at);
    agenda_.post(actor.end[0], number_, index);
  } else {
    group_ended(actor, index, event.at);
  }
}

void SmArray::group_ended(Actor& actor, std::uint32_t index, Seconds now) {
  const Batch& batch = actor.batch;
  const double steps = actor.steps[0] * batch.sms;
  governor_.add(
      {spec_.made.tensor_flop * (energy_share(batch.dtype) * (batch.tensor * steps).base()) +
           spec_.made.l2_byte * (batch.operands * steps).base(),
       spec_.made.hbm_byte * (actor.missed * actor.steps[0] + batch.streamed * steps).base(),
       actor.clock[0]});
  governor_.follow(now);
  actor.end[0] = actor.end[1];
  actor.steps[0] = actor.steps[1];
  actor.clock[0] = actor.clock[1];
  --actor.asked;
  if (actor.left > 0.0) ask(actor, now, std::min(actor.group, actor.left));
  if (actor.asked > 0)
    agenda_.post(actor.end[0], number_, index);
  else
    tile_ended(index, now);
}

/// How long the last step's sums take to leave the SM.
Seconds SmArray::store(const Actor& actor, Seconds now) {
  const Batch& batch = actor.batch;
  Kernel& kernel = kernels_[actor.kernel];
  const Bytes stored = batch.stored * static_cast<double>(batch.sms);
  if (stored == Bytes{}) return batch.meet;
  const double clock = governor_.clock();
  const Bytes written = use(kernel, batch.written);
  if (written > Bytes{}) hbm_.transfer(now, written);
  kernel.sums.l2 += stored;
  kernel.sums.hbm += written;
  governor_.add({Joules{}, spec_.made.hbm_byte * written.base()});
  const Seconds own = batch.stored / (spec_.epilogue * clock);
  return std::max(own, l2_channel_.transfer(now, stored, clock) - now) + batch.meet;
}

void SmArray::tile_ended(std::uint32_t index, Seconds now) {
  const Actor& ended = actors_[index];
  const std::uint32_t kernel = ended.kernel;
  const int all = ended.batch.sms;
  const Seconds stored = store(ended, now);
  const bool background = kernels_[kernel].running.background;
  foreground_ -= background ? 0 : 1;
  free_.push_back(index);
  const double overlap = spec_.made.tile_overlap;
  int idle = all;
  next_tiles(kernel, idle, now + stored * (1.0 - overlap), overlap);
  const double exposed = (1.0 - overlap) * (all - idle) + idle;
  Kernel& own = kernels_[kernel];
  own.sums[Cause::kEpilogue] += stored * exposed;
  own.end = std::max(own.end, now + stored);
  if (foreground_ == 0) agenda_.stop();
}

Outcome SmArray::outcome() const {
  const Kernel& kernel = kernels_.front();
  Outcome out = kernel.sums;
  Seconds accounted{};
  for (Seconds& cause : out.cause) {
    cause /= static_cast<double>(kernel.running.sms);
    accounted += cause;
  }
  out.busy = kernel.end;
  out[Cause::kTail] = std::max(Seconds{}, kernel.end - accounted);
  out[Cause::kLaunch] = spec_.made.launch;
  out.time = kernel.end + spec_.made.launch;
  out.clock = governor_.clock();
  out.sustained = governor_.sustained();
  out.energy = governor_.spent();
  out.events = agenda_.handled();
  return out;
}

}  // namespace fleetcast::chip
