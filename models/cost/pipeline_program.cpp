#include "models/cost/pipeline_program.hpp"

#include <algorithm>
#include <cassert>

namespace fleetcast {
namespace {

/// Where the forward (0) and the backward (1) of a micro-batch stand in the table of numbers.
int entry(int virtual_stage, int micro_batch, int backward, PipelineShape shape) {
  return (virtual_stage * shape.micro_batches + micro_batch) * 2 + backward;
}

template <class Visit>
void for_slots(PipelineShape shape, const CompileWorkspace& ws, Visit&& visit) {
  for (int s = 0; s < shape.stages; ++s)
    for (int i = 0; i < ws.count[s]; ++i) visit(i * shape.stages + s, s, i);
}

void number_slots(CompileWorkspace& ws, PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  const int most = max_slots(shape), chunks = shape.stages * shape.chunks;
  ws.slots.resize(most);
  ws.count.assign(shape.stages, 0);
  ws.cost.resize(shape.stages * most);
  ws.micro_batch.resize(shape.stages * most);
  ws.number.assign(chunks * shape.micro_batches * 2, 0);
  program.virtual_stage.resize(chunks);
  program.first_of_chunk.assign(chunks, 0);
  program.last_of_chunk.assign(chunks, 0);
  for (int s = 0; s < shape.stages; ++s) {
    for (int c = 0; c < shape.chunks; ++c)
      program.virtual_stage[s * shape.chunks + c] = program.schedule->virtual_stage(s, c, shape);
    ws.count[s] = program.schedule->order(s, shape, ws.slots);
    for (int i = 0, slot = s; i < ws.count[s]; ++i, slot += shape.stages) {
      const auto [micro_batch, c, pass] = ws.slots[i];
      const int chunk = s * shape.chunks + c;
      ws.cost[slot] = chunk * 4 + static_cast<int>(pass);
      ws.micro_batch[slot] = micro_batch;
      const bool backward = pass != SlotPass::kForward;
      if (backward) program.last_of_chunk[chunk] = slot;
      if (!backward && micro_batch == 0) program.first_of_chunk[chunk] = slot;
      if (pass == SlotPass::kBackwardWeight) continue;
      ws.number[entry(program.virtual_stage[chunk], micro_batch, backward, shape)] = slot;
    }
  }
}

int awaited_by(int slot, const CompileWorkspace& ws, const PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  const auto pass = static_cast<SlotPass>(ws.cost[slot] % 4);
  const bool forward = pass == SlotPass::kForward;
  const int v = program.virtual_stage[ws.cost[slot] / 4];
  const int end = forward ? 0 : shape.stages * shape.chunks - 1;
  if (pass == SlotPass::kBackwardWeight || v == end) return -1;
  return ws.number[entry(forward ? v - 1 : v + 1, ws.micro_batch[slot], !forward, shape)];
}

/// Runs what a stage can run now.
int advance(int stage, CompileWorkspace& ws, const PipelineProgram& program) {
  const int stages = program.shape.stages, before = ws.cursor[stage];
  for (int& i = ws.cursor[stage]; i < ws.count[stage]; ++i) {
    const int slot = i * stages + stage;
    const int awaits = awaited_by(slot, ws, program);
    if (awaits >= 0 && ws.depth[awaits] == 0) break;
    const int own = i == 0 ? 0 : ws.depth[slot - stages];
    ws.depth[slot] = 1 + std::max(own, awaits >= 0 ? ws.depth[awaits] : 0);
    ws.awaits[slot] = awaits;
  }
  return ws.cursor[stage] - before;
}

/// Runs all that can run; returns how many slots.
int run(CompileWorkspace& ws, const PipelineProgram& program) {
  const int stages = program.shape.stages;
  ws.cursor.assign(stages, 0);
  ws.awaits.resize(ws.cost.size());
  ws.depth.assign(ws.cost.size(), 0);
  int ran = 0;
  // Forwards flow up the stages and backwards down, so the sweeps alternate.
  for (int before = -1; ran != before;) {
    before = ran;
    for (int s = 0; s < stages; ++s) ran += advance(s, ws, program);
    for (int s = stages; s-- > 0;) ran += advance(s, ws, program);
  }
  return ran;
}

/// How many periods back a slot's dependency lies, at most; 0 where one lies ahead.
int longest_lag(const CompileWorkspace& ws, PipelineShape shape) {
  int lag = 1;  // a stage's own order
  bool ahead = false;
  for_slots(shape, ws, [&](int slot, int, int) {
    if (ws.awaits[slot] < 0) return;
    const int back = ws.period[slot] - ws.period[ws.awaits[slot]];
    lag = std::max(lag, back);
    ahead = ahead || back < 0;
  });
  return ahead ? 0 : lag;
}

/// Numbers the periods: 0 is the prologue, periods + 1 what comes after the last.
void find_periods(CompileWorkspace& ws, PipelineProgram& program) {
  ws.period.assign(ws.cost.size(), 0);
  if (program.periods == 0) return;
  for (int s = 0; s < program.shape.stages; ++s) {
    const Steady steady = program.schedule->steady(s, program.shape);
    for (int i = steady.prologue; i < ws.count[s]; ++i)
      ws.period[i * program.shape.stages + s] =
          1 + std::min((i - steady.prologue) / steady.length, program.periods);
  }
  program.lag = longest_lag(ws, program.shape);
  assert(program.lag > 0 && program.lag < PipelineProgram::kPeriods);
}

/// Slots by period, and by depth within one, so that neighbours on the tape mostly wait for none of
/// each other and a processor plays several at once. All periods in the order of the last.
void lay_out(CompileWorkspace& ws, PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  const int length = program.schedule->steady(0, shape).length;
  const int depths = 1 + *std::max_element(ws.depth.begin(), ws.depth.end());
  const auto key = [&](int slot) {
    const int period = ws.period[slot];
    const bool whole = period > 0 && period < program.periods;
    const int alike = whole ? slot + (program.periods - period) * length * shape.stages : slot;
    return period * depths + ws.depth[alike];
  };
  std::vector<int>& next = ws.cursor;
  next.assign((program.periods + 2) * depths + 1, 0);
  for_slots(shape, ws, [&](int slot, int, int) { ++next[key(slot) + 1]; });
  for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  program.body_begin = next[program.periods * depths];
  program.body_end = next[(program.periods + 1) * depths];
  ws.place.resize(ws.cost.size());
  for_slots(shape, ws, [&](int slot, int, int) { ws.place[slot] = ++next[key(slot)]; });
}

void write_steps(CompileWorkspace& ws, PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  program.first.resize(shape.stages);
  program.last.resize(shape.stages);
  for_slots(shape, ws, [&](int slot, int s, int i) {
    const int place = ws.place[slot];
    const int own = i == 0 ? 0 : ws.place[slot - shape.stages];
    const int awaits = ws.awaits[slot] < 0 ? own : ws.place[ws.awaits[slot]];
    program.steps[place - 1] = {own - place, awaits - place, ws.cost[slot]};
    if (i == 0) program.first[s] = place;
    program.last[s] = place;
  });
  for (int& first : program.first_of_chunk) first = ws.place[first];
  for (int& last : program.last_of_chunk) last = ws.place[last];
}

}  // namespace

Steady common_steady(const Schedule& schedule, PipelineShape shape) {
  Steady common = schedule.steady(0, shape);
  for (int s = 1; s < shape.stages && common.micro_batches != 0; ++s)
    common.periods = std::min(common.periods, schedule.steady(s, shape).periods);
  if (common.micro_batches == 0) common.periods = 0;
  return common;
}

void compile(const Schedule& schedule, PipelineShape shape, CompileWorkspace& ws,
             PipelineProgram& program) {
  program.schedule = &schedule;
  program.shape = shape;
  program.periods = common_steady(schedule, shape).periods;
  program.lag = 0;
  number_slots(ws, program);
  int slots = 0;
  for (const int count : ws.count) slots += count;
  program.deadlocked = run(ws, program) != slots;
  program.steps.clear();
  if (program.deadlocked) return;
  find_periods(ws, program);
  lay_out(ws, program);
  program.steps.resize(slots);
  write_steps(ws, program);
}

}  // namespace fleetcast
