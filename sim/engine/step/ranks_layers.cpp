// A slot's layers, task by task: the event-driven twin of play_list in sim/engine/layer.cpp, whose
// exchanges may end later than their price says.

#include <algorithm>
#include <cassert>

#include "sim/engine/step/ranks.hpp"

namespace fleetcast::step {
namespace {

constexpr Seconds kPending{-1.0};
constexpr int kNoTask = -1;
constexpr auto kComputeStream = static_cast<std::size_t>(Stream::kCompute);

std::size_t index_of(SlotPass pass) { return static_cast<std::size_t>(pass); }

}  // namespace

const ChunkScript& Ranks::chunk_of(int stage, int chunk) const {
  const auto place = static_cast<std::size_t>(stage * shape_.chunks + chunk);
  return chunks_[play_.step->layout->place[place]];
}

Seconds Ranks::slot_length(int stage, int chunk, SlotPass pass) const {
  Seconds sum{};
  for (const ChunkScript::Part& part : chunk_of(stage, chunk).parts)
    sum += alone_[part.kind][index_of(pass)].length * part.layers;
  return sum;
}

void Ranks::play_all_alone() {
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    for (std::size_t p = 0; p < kPassCount; ++p) {
      const Script& script = play_.scripts->of[k][p];
      Block scratch;
      scratch.stage = kNobody;
      begin_layer(scratch, script, Seconds{});
      advance(kNobody, scratch, script);
      end_layer(scratch, script);
      alone_[k][p] = {scratch.layer_begun, scratch.parts};
    }
}

Breakdown Ranks::parts_of(const Block& b) const {
  Breakdown out = b.parts;
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    for (std::size_t p = 0; p < kPassCount; ++p) out.add(alone_[k][p].parts, b.played[k][p]);
  return out;
}

bool Ranks::states_move(const Block& b) const {
  const StageStates& states = states_[static_cast<std::size_t>(b.stage)];
  return b.final_slots > 0 || states.next_gather < states.gather.size();
}

template <class Part>
bool Ranks::contends(const Block& b, const Part& part) const {
  if (!play_.contention || b.stage == kNobody) return false;
  return part.contends || (part.contends_with_states && states_move(b));
}

const Script& Ranks::script_of(const Block& b) const {
  const Slot& slot = slot_of(b);
  const std::vector<ChunkScript::Part>& parts = chunk_of(b.stage, slot.chunk).parts;
  const auto last = static_cast<int>(parts.size()) - 1;
  const int part = slot.pass == SlotPass::kForward ? b.part : last - b.part;
  return play_.scripts->of[parts[static_cast<std::size_t>(part)].kind][index_of(slot.pass)];
}

void Ranks::begin_pass(int block) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  b.part = -1;
  b.layers_left = 0;
  b.layer_begun = b.begun;
  if (next_layer(block, b)) return go_on(block);
  post(b.layer_begun, kSlotEnds, block, 0);
}

/// Moves on to the next layer that has to be played task by task; those that nothing disturbs take
/// what they take alone. False: the slot is over.
bool Ranks::next_layer(int block, Block& b) {
  const Slot& slot = slot_of(b);
  const std::vector<ChunkScript::Part>& parts = chunk_of(b.stage, slot.chunk).parts;
  if (b.layers_left > 0) --b.layers_left;
  while (b.layers_left == 0) {
    if (++b.part == static_cast<int>(parts.size())) return false;
    const auto at = static_cast<std::size_t>(
        slot.pass == SlotPass::kForward ? b.part : static_cast<int>(parts.size()) - 1 - b.part);
    const ChunkScript::Part& part = parts[at];
    const Script& script = script_of(b);
    if (contends(b, script) || !b.slowness.empty() || is_traced(block)) {
      b.layers_left = part.layers;
    } else {
      b.layer_begun += alone_[part.kind][index_of(slot.pass)].length * part.layers;
      b.played[part.kind][index_of(slot.pass)] += static_cast<std::uint32_t>(part.layers);
      b.layer = static_cast<std::uint16_t>(b.layer + part.layers);  // as columns that play them do
    }
  }
  begin_layer(b, script_of(b), b.layer_begun);
  return true;
}

void Ranks::begin_layer(Block& b, const Script& script, Seconds at) {
  b.layer_begun = at;
  ++b.layer;
  b.queued.clear();
  b.next_task = 0;
  b.waits_for = kNoTask;
  b.credit = b.beside = b.hidden = Seconds{};
  b.free.fill(at);
  b.end.assign(script.tasks.size(), at);
  if (!b.slowness.empty()) draw_experts(b);
}

void Ranks::go_on(int block) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  for (;;) {
    const Script& script = script_of(b);
    if (!advance(block, b, script)) return;
    end_layer(b, script);
    if (next_layer(block, b)) continue;
    return post(b.layer_begun, kSlotEnds, block, 0);
  }
}

/// Up to the layer's end, or to a task that waits for an exchange on its way.
bool Ranks::advance(int block, Block& b, const Script& script) {
  for (; b.next_task < static_cast<int>(script.tasks.size()); ++b.next_task)
    if (!run_task(block, b, script)) return false;
  return true;
}

bool Ranks::run_task(int block, Block& b, const Script& script) {
  const ScriptTask& task = script.tasks[static_cast<std::size_t>(b.next_task)];
  const bool exchanges = task.stream != Stream::kCompute;
  Seconds ready = b.layer_begun;
  if (task.after >= 0) {
    ready = b.end[static_cast<std::size_t>(task.after)];
    if (ready < Seconds{}) {
      b.waits_for = task.after;
      return false;
    }
  }
  if (exchanges && !b.slowness.empty()) {
    const Seconds later = meet(b, task.stream == Stream::kTensor);
    b.free[kComputeStream] += later;
    if (task.after >= 0) ready += later;
  }
  const Seconds launched = b.layer_begun + task.launched - b.credit;
  if (exchanges)
    run_exchange(block, b, task, ready, launched);
  else
    run_compute(block, b, script, task, ready, launched);
  return true;
}

/// A gap belongs to what compute waited for.
void Ranks::run_compute(int block, Block& b, const Script& script, const ScriptTask& task,
                        Seconds ready, Seconds launched) {
  Seconds& stream = b.free[kComputeStream];
  if (ready > stream) {
    b.parts[script.tasks[static_cast<std::size_t>(task.after)].cost] += ready - stream;
    b.beside -= ready - stream;
  }
  const Seconds due = std::max(ready, stream);
  const Seconds start = std::max(due, launched);
  b.parts[Cost::kHost] += start - due;
  b.parts[task.cost] += task.duration;
  b.credit += task.put_off;
  if (!b.slowness.empty()) slow_down(b, task);
  stream = b.end[static_cast<std::size_t>(b.next_task)] = start + task.duration;
  if (is_traced(block)) play_.tracer->task(block, task, start, stream);
}

void Ranks::run_exchange(int block, Block& b, const ScriptTask& task, Seconds due,
                         Seconds launched) {
  const auto s = static_cast<std::size_t>(task.stream);
  // Another micro-batch's compute hides its share of the wait for the CPU as well.
  const Seconds late = std::max(launched - due, Seconds{});
  const Seconds ready = due + late * task.visible;
  const Seconds hidden = task.hidden + late * (1.0 - task.visible);
  b.hidden += hidden;
  b.credit += hidden;
  if (hidden > task.hidden) shorten_others(b, s, ready, hidden - task.hidden);
  Seconds& end = b.end[static_cast<std::size_t>(b.next_task)];
  const bool waits = b.free[s] < Seconds{};
  if (waits || (task.route != StepTraffic::kNone && contends(b, task))) {
    const Seconds free = b.free[s];
    end = b.free[s] = kPending;
    b.last[s] = b.next_task;
    if (waits)
      b.queued.push_back({b.next_task, ready});
    else
      send(block, b, task, b.next_task, std::max(free, ready));
    return;
  }
  const Seconds start = std::max(b.free[s], ready);
  const Seconds duration = task.duration * b.skew_of(task);
  b.beside += duration;
  b.last[s] = b.next_task;
  b.free[s] = end = start + std::max(duration - task.credit, Seconds{});
  if (is_traced(block)) play_.tracer->task(block, task, start, end);
}

/// What runs beside a hidden wait is that much further when it is over.
void Ranks::shorten_others(Block& b, std::size_t stream, Seconds from, Seconds hidden) {
  for (std::size_t s = 0; s < kStreamCount; ++s) {
    if (s == stream || s == kComputeStream || b.free[s] <= from) continue;
    b.free[s] -= std::min(hidden, b.free[s] - from);
    b.end[static_cast<std::size_t>(b.last[s])] = b.free[s];
  }
}

void Ranks::send(int block, Block& b, const ScriptTask& task, int number, Seconds at) {
  b.sent[static_cast<std::size_t>(task.stream)] = at;
  const double alone = std::max(task.duration - task.credit, Seconds{}) / task.duration;
  const double scale = std::max(task.scale * alone * b.skew_of(task), kLeastScale);
  const Route& route = play_.traffic->routes[static_cast<std::size_t>(task.route)];
  if (route.party == Party::kBlock)
    return carrier_->send(at, task.route, scale, {Ends::kExchange, block, block},
                          token_of(Token::kTask, block, b.layer << 8 | number));
  Meeting& meeting = meetings_[static_cast<std::size_t>(b.stage)];
  meeting.at = std::max(meeting.at, at);
  if (++meeting.count < play_.grid.columns) return;
  meeting.count = 0;
  carrier_->send(meeting.at, task.route, scale, columns_of(b.stage),
                 token_of(Token::kMeeting, b.stage, b.layer << 8 | number));
}

void Ranks::meeting_ended(int stage, int code, Seconds at) {
  for (int c = 0; c < play_.grid.columns; ++c) task_ended(play_.grid.block(stage, c), code, at);
}

/// Of an exchange that its own layer no longer waits for nobody hears.
void Ranks::task_ended(int block, int code, Seconds at) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  const int number = code & 0xff;
  if (!b.runs || code >> 8 != b.layer) return;
  const Script& script = script_of(b);
  const ScriptTask& task = script.tasks[static_cast<std::size_t>(number)];
  const auto s = static_cast<std::size_t>(task.stream);
  b.end[static_cast<std::size_t>(number)] = at;
  b.beside += at - b.sent[s] + std::min(task.credit, task.duration);
  if (b.last[s] == number) b.free[s] = at;
  if (is_traced(block)) play_.tracer->task(block, task, b.sent[s], at);
  send_next(block, b, script, task.stream, at);
  if (b.waits_for != number) return;
  b.waits_for = kNoTask;
  go_on(block);
}

void Ranks::send_next(int block, Block& b, const Script& script, Stream stream, Seconds at) {
  const auto next = std::find_if(b.queued.begin(), b.queued.end(), [&](const Block::Queued& q) {
    return script.tasks[static_cast<std::size_t>(q.number)].stream == stream;
  });
  if (next == b.queued.end()) return;
  const Block::Queued queued = *next;
  b.queued.erase(next);
  const ScriptTask& task = script.tasks[static_cast<std::size_t>(queued.number)];
  const Seconds start = std::max(at, queued.ready);
  if (task.route != StepTraffic::kNone) return send(block, b, task, queued.number, start);
  b.sent[static_cast<std::size_t>(stream)] = start;
  task_ended(block, b.layer << 8 | queued.number,
             start + std::max(task.duration - task.credit, Seconds{}));
}

void Ranks::end_layer(Block& b, const Script& script) {
  if (!b.slowness.empty()) b.free[kComputeStream] += meet(b, false);
  const Seconds slowed = (std::max(b.beside, Seconds{}) + b.hidden) * script.interference;
  Seconds length = b.free[kComputeStream] - b.layer_begun + slowed;
  b.parts[Cost::kInterference] += slowed;
  const Seconds least = script.host - script.put_off;
  if (least > length) {
    b.parts[Cost::kHost] += least - length;
    length = least;
  }
  b.layer_begun += length;
}

}  // namespace fleetcast::step
