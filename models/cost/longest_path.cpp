#include "models/cost/longest_path.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace fleetcast {
namespace {

/// Where the forward (0) and the backward (1) of a micro-batch stand in the table of positions.
int entry(int virtual_stage, int micro_batch, int backward, PipelineShape shape) {
  return (virtual_stage * shape.micro_batches + micro_batch) * 2 + backward;
}

/// Whole periods on every stage, and the micro-batches of one.
Steady common_steady(const Schedule& schedule, PipelineShape shape) {
  Steady common = schedule.steady(0, shape);
  for (int s = 1; s < shape.stages && common.micro_batches != 0; ++s) {
    common.periods = std::min(common.periods, schedule.steady(s, shape).periods);
  }
  if (common.micro_batches == 0) common.periods = 0;
  return common;
}

/// Every stage's order, one after the other from first[stage].
void write_orders(PipelineWorkspace& ws, PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  const int virtual_stages = shape.stages * shape.chunks;
  ws.slots.resize(shape.stages * max_slots(shape));
  ws.position.assign(virtual_stages * shape.micro_batches * 2, 0);
  ws.first.assign(shape.stages + 1, 0);
  program.steady.resize(shape.stages);
  program.last_of_chunk.assign(virtual_stages, 0);
  program.slots = 0;
  for (int s = 0; s < shape.stages; ++s) {
    const int begin = ws.first[s];
    const int count = program.schedule->order(s, shape, std::span{ws.slots}.subspan(begin));
    ws.first[s + 1] = begin + count;
    program.slots = std::max(program.slots, count);
    program.steady[s] = program.schedule->steady(s, shape);
    for (int i = 0; i < count; ++i) {
      const Slot slot = ws.slots[begin + i];
      if (slot.pass != SlotPass::kForward) {
        program.last_of_chunk[s * shape.chunks + slot.chunk] = 1 + i * shape.stages + s;
      }
      if (slot.pass == SlotPass::kBackwardWeight) continue;
      const int v = program.schedule->virtual_stage(s, slot.chunk, shape);
      ws.position[entry(v, slot.micro_batch, slot.pass != SlotPass::kForward, shape)] = i;
    }
  }
}

struct Dependency {
  int stage = -1;  ///< -1: nothing but what came before on the very stage
  int place = 0;
  int hop = 0;
};

Dependency dependency_of(Slot slot, int stage, const PipelineWorkspace& ws,
                         const PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  const int last = shape.stages * shape.chunks - 1;
  const int v = program.schedule->virtual_stage(stage, slot.chunk, shape);
  const bool forward = slot.pass == SlotPass::kForward;
  if (slot.pass == SlotPass::kBackwardWeight || v == (forward ? 0 : last)) return {.hop = last};
  const int other = forward ? v - 1 : v + 1;
  return {.stage = program.schedule->place(other, shape).stage,
          .place = ws.position[entry(other, slot.micro_batch, !forward, shape)],
          .hop = std::min(v, other)};
}

/// Runs what a stage can run now.
void advance(int stage, PipelineWorkspace& ws, PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  for (; ws.first[stage] + ws.cursor[stage] < ws.first[stage + 1]; ++ws.cursor[stage]) {
    const Slot slot = ws.slots[ws.first[stage] + ws.cursor[stage]];
    const Dependency on = dependency_of(slot, stage, ws, program);
    if (on.stage >= 0 && on.place >= ws.cursor[on.stage]) return;
    program.steps.push_back(
        {.finish = 1 + ws.cursor[stage] * shape.stages + stage,
         .waits_for = on.stage < 0 ? 0 : 1 + on.place * shape.stages + on.stage,
         .hop = on.hop,
         .duration = (stage * shape.chunks + slot.chunk) * 4 + static_cast<int>(slot.pass),
         .stage = stage});
  }
}

/// Period that a slot belongs to: -1 in the prologue, `periods` after the last.
int period_of(int finish, const PipelineProgram& program) {
  const Steady& steady = program.steady[(finish - 1) % program.shape.stages];
  const int past = (finish - 1) / program.shape.stages - steady.prologue;
  return past < 0 ? -1 : std::min(past / steady.length, program.periods);
}

/// How many periods back a slot's dependency lies, at most; 0 where one lies ahead.
int longest_lag(const PipelineProgram& program) {
  int lag = 1;  // a stage's own clock
  for (const PipelineProgram::Step& step : program.steps) {
    if (step.waits_for == 0) continue;
    const int back = period_of(step.finish, program) - period_of(step.waits_for, program);
    if (back < 0) return 0;
    lag = std::max(lag, back);
  }
  return lag;
}

/// Sorts the steps by period, so that the last whole one can be repeated.
void sort_by_period(PipelineWorkspace& ws, PipelineProgram& program) {
  ws.steps.assign(program.steps.begin(), program.steps.end());
  std::vector<int>& next = ws.cursor;  // where the next step of a period goes
  next.assign(program.periods + 3, 0);
  for (const auto& step : ws.steps) ++next[period_of(step.finish, program) + 2];
  for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  program.body_begin = next[program.periods];
  program.body_end = next[program.periods + 1];
  for (const auto& step : ws.steps) {
    program.steps[next[period_of(step.finish, program) + 1]++] = step;
  }
}

const PipelineProgram& program_of(const Schedule& schedule, PipelineShape shape, int available,
                                  int period, PipelineWorkspace& ws) {
  PipelineShape shorter = shape;
  if (available > PipelineProgram::kPeriods) {
    shorter.micro_batches -= (available - PipelineProgram::kPeriods) * period;
    shorter.group = period;  // fewer micro-batches might allow a smaller one
  }
  for (const PipelineProgram& known : ws.programs) {
    if (known.schedule == &schedule && known.shape == shorter) return known;
  }
  ws.programs.resize(PipelineWorkspace::kPrograms);
  PipelineProgram& slot = ws.programs[ws.next_program];
  ws.next_program = (ws.next_program + 1) % PipelineWorkspace::kPrograms;
  compile(schedule, shorter, ws, slot);
  return slot;
}

/// Runs a program's steps, and its last period again for those that it leaves out.
class Player {
 public:
  Player(const PipelineProgram& program, const PipelineCosts& costs, int periods,
         PipelineWorkspace& ws)
      : program_(program), ws_(ws), period_(program.steady.front().length) {
    const PipelineShape shape = program.shape;
    const int virtual_stages = shape.stages * shape.chunks;
    assert(static_cast<int>(costs.chunk.size()) == virtual_stages);
    assert(static_cast<int>(costs.hop.size()) == virtual_stages - 1);
    ws.hop.assign(costs.hop.begin(), costs.hop.end());
    ws.hop.push_back(Seconds{});
    ws.duration.resize(4 * virtual_stages);
    for (int i = 0; i < virtual_stages; ++i) {
      const ChunkTimes& chunk = costs.chunk[i];
      ws.duration[4 * i] = chunk.forward;
      ws.duration[4 * i + 1] = chunk.backward_input + chunk.backward_weight;
      ws.duration[4 * i + 2] = chunk.backward_input;
      ws.duration[4 * i + 3] = chunk.backward_weight;
    }
    ws.clock.assign(shape.stages, Seconds{});
    const int more = std::max(0, periods - program.periods) * period_;
    ws.finish.resize(1 + (program.slots + more) * shape.stages);
    ws.finish[0] = Seconds{};
  }

  /// Steps [begin, end), `later` periods after those they were compiled for.
  void run(int begin, int end, int later) {
    const int moved = later * period_ * program_.shape.stages;
    for (int i = begin; i < end; ++i) {
      const PipelineProgram::Step& step = program_.steps[i];
      const int waits_for = step.waits_for == 0 ? 0 : step.waits_for + moved;
      Seconds& clock = ws_.clock[step.stage];
      clock =
          std::max(clock, ws_.finish[waits_for] + ws_.hop[step.hop]) + ws_.duration[step.duration];
      ws_.finish[step.finish + moved] = clock;
    }
  }

  /// Have the last `lag` of the periods played moved on from those `cycle` before by one time?
  bool moved_alike(int played, int cycle, Seconds& moved) const {
    const int stages = program_.shape.stages;
    const int back = cycle * period_ * stages;
    const auto end_of = [&](int stage) {
      return 1 + (program_.steady[stage].prologue + played * period_) * stages + stage;
    };
    moved = ws_.finish[end_of(0) - stages] - ws_.finish[end_of(0) - stages - back];
    const double rounding = 1e-13 * ws_.clock[0].base();
    for (int s = 0; s < stages; ++s) {
      const int end = end_of(s);
      for (int i = end - program_.lag * period_ * stages; i < end; i += stages) {
        const Seconds odd = ws_.finish[i] - ws_.finish[i - back] - moved;
        if (std::abs(odd.base()) > rounding) return false;
      }
    }
    return true;
  }

  /// The shortest cycle of periods that repeats; 0: none yet. Cycles of one are looked for after
  /// every period, longer ones whenever the periods played have doubled.
  int cycle_after(int played, Seconds& moved) const {
    const bool doubled = played >= 8 && (played & (played - 1)) == 0;
    const int longest = std::min(doubled ? played / 2 : 1, played - program_.lag);
    for (int cycle = 1; cycle <= longest; ++cycle) {
      if (moved_alike(played, cycle, moved)) return cycle;
    }
    return 0;
  }

 private:
  const PipelineProgram& program_;
  PipelineWorkspace& ws_;
  int period_;
};

PipelineTimes times_of(const PipelineProgram& program, PipelineShape shape, int later,
                       Seconds skipped, PipelineWorkspace& ws) {
  PipelineTimes times;
  times.deadlocked = program.deadlocked;
  const int moved = later * program.steady.front().length * shape.stages;
  ws.stage.assign(shape.stages, StageTimes{});
  ws.gradients_ready.resize(shape.stages * shape.chunks);
  for (int s = 0; s < shape.stages; ++s) {
    StageTimes& stage = ws.stage[s];
    const int first_chunk = program.schedule->place(s, shape).chunk;
    stage.first_start = ws.finish[1 + s] - ws.duration[4 * (s * shape.chunks + first_chunk)];
    stage.last_finish = ws.clock[s] + skipped;
    times.total = std::max(times.total, stage.last_finish);
    for (int i = s * shape.chunks; i < (s + 1) * shape.chunks; ++i) {
      stage.busy += 1.0 * shape.micro_batches * (ws.duration[4 * i] + ws.duration[4 * i + 1]);
      ws.gradients_ready[i] = ws.finish[program.last_of_chunk[i] + moved] + skipped;
    }
  }
  times.stage = ws.stage;
  times.gradients_ready = ws.gradients_ready;
  return times;
}

PipelineTimes play(const Schedule& schedule, PipelineShape shape, const PipelineCosts& costs,
                   bool may_skip, PipelineWorkspace& ws) {
  const Steady steady = common_steady(schedule, shape);
  const PipelineProgram& program =
      program_of(schedule, shape, steady.periods, steady.micro_batches, ws);
  Player player{program, costs, steady.periods, ws};
  player.run(0, program.body_end, 0);
  int left = steady.periods - program.periods;
  int later = 0;
  Seconds skipped{};
  for (; left > 0; --left, ++later) {
    Seconds moved{};
    const int cycle = may_skip ? player.cycle_after(program.periods + later, moved) : 0;
    if (cycle != 0) {
      skipped = 1.0 * (left / cycle) * moved;
      left %= cycle;
      may_skip = false;
      if (left == 0) break;
    }
    player.run(program.body_begin, program.body_end, later + 1);
  }
  player.run(program.body_end, static_cast<int>(program.steps.size()), later);
  return times_of(program, shape, later, skipped, ws);
}

}  // namespace

void compile(const Schedule& schedule, PipelineShape shape, PipelineWorkspace& ws,
             PipelineProgram& program) {
  program.schedule = &schedule;
  program.shape = shape;
  program.periods = common_steady(schedule, shape).periods;
  program.body_begin = program.body_end = 0;
  write_orders(ws, program);
  ws.cursor.assign(shape.stages, 0);
  program.steps.clear();
  const auto slots = static_cast<std::size_t>(ws.first.back());
  // Forwards flow up the stages and backwards down, so the sweeps alternate.
  for (std::size_t before = slots + 1; program.steps.size() != before;) {
    before = program.steps.size();
    for (int s = 0; s < shape.stages; ++s) advance(s, ws, program);
    for (int s = shape.stages; s-- > 0;) advance(s, ws, program);
  }
  program.deadlocked = program.steps.size() != slots;
  if (program.periods == 0 || program.deadlocked) return;
  program.lag = longest_lag(program);
  assert(program.lag > 0 && program.lag < PipelineProgram::kPeriods);
  sort_by_period(ws, program);
}

PipelineTimes play(const Schedule& schedule, PipelineShape shape, const PipelineCosts& costs,
                   PipelineWorkspace& ws) {
  return play(schedule, shape, costs, false, ws);
}

PipelineTimes play_periodic(const Schedule& schedule, PipelineShape shape,
                            const PipelineCosts& costs, PipelineWorkspace& ws) {
  return play(schedule, shape, costs, true, ws);
}

}  // namespace fleetcast
