#include "models/cost/longest_path.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace fleetcast {
namespace {

/// Where the forward (0) and the backward (1) of a micro-batch stand in the finish times.
int entry(int virtual_stage, int micro_batch, int backward, PipelineShape shape) {
  return (virtual_stage * shape.micro_batches + micro_batch) * 2 + backward;
}

/// Every stage's order, one after the other; fills first, steady, last_of_chunk and position.
void write_orders(PipelineWorkspace& ws, PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  const int virtual_stages = shape.stages * shape.chunks;
  ws.slots.resize(shape.stages * max_slots(shape));
  ws.position.assign(virtual_stages * shape.micro_batches * 2, -1);
  program.first.assign(shape.stages + 1, 0);
  program.steady.resize(shape.stages);
  program.last_of_chunk.assign(virtual_stages, 0);
  for (int s = 0; s < shape.stages; ++s) {
    const int begin = program.first[s];
    const int count = program.schedule->order(s, shape, std::span{ws.slots}.subspan(begin));
    program.first[s + 1] = begin + count;
    program.steady[s] = program.schedule->steady(s, shape);
    for (int i = begin; i < begin + count; ++i) {
      const Slot slot = ws.slots[i];
      if (slot.pass != SlotPass::kForward) {
        program.last_of_chunk[s * shape.chunks + slot.chunk] = i;
      }
      if (slot.pass == SlotPass::kBackwardWeight) continue;
      const int v = program.schedule->virtual_stage(s, slot.chunk, shape);
      ws.position[entry(v, slot.micro_batch, slot.pass != SlotPass::kForward, shape)] = i;
    }
  }
}

struct Dependency {
  PipelineProgram::Step step;
  int on_stage;  ///< stage of what it waits for; -1: nothing
};

Dependency dependency(int stage, int place, const PipelineWorkspace& ws,
                      const PipelineProgram& program) {
  const PipelineShape shape = program.shape;
  const Slot slot = ws.slots[place];
  const int last = shape.stages * shape.chunks - 1;
  const int v = program.schedule->virtual_stage(stage, slot.chunk, shape);
  const int duration = (stage * shape.chunks + slot.chunk) * 4 + static_cast<int>(slot.pass);
  const bool forward = slot.pass == SlotPass::kForward;
  const bool own = slot.pass == SlotPass::kBackwardWeight || v == (forward ? 0 : last);
  if (own) {  // what came before on this very stage is all it needs
    return {{place, program.first.back(), last, duration, stage}, -1};
  }
  const int other = forward ? v - 1 : v + 1;
  return {{place, ws.position[entry(other, slot.micro_batch, !forward, shape)],
           std::min(v, other), duration, stage},
          program.schedule->place(other, shape).stage};
}

/// Runs what a stage can run now.
void advance(int stage, PipelineWorkspace& ws, PipelineProgram& program) {
  while (ws.cursor[stage] < program.first[stage + 1]) {
    const Dependency next = dependency(stage, ws.cursor[stage], ws, program);
    if (next.on_stage >= 0 && next.step.waits_for >= ws.cursor[next.on_stage]) return;
    program.steps.push_back(next.step);
    ++ws.cursor[stage];
  }
}

/// Period that a stage's slot belongs to: -1 in the prologue, `periods` after the last.
int period_of(int place, int stage, int periods, const PipelineProgram& program) {
  const Steady steady = program.steady[stage];
  const int past = place - program.first[stage] - steady.prologue;
  return past < 0 ? -1 : std::min(past / steady.length, periods);
}

int common_periods(const PipelineProgram& program) {
  int periods = program.shape.micro_batches;
  for (const Steady& steady : program.steady) periods = std::min(periods, steady.periods);
  return periods;
}

/// How many periods back a slot's dependency lies, at most; -1 where the order has no periods.
int longest_lag(const PipelineProgram& program) {
  if (program.steady.front().micro_batches == 0 || program.deadlocked) return -1;
  const int periods = common_periods(program);
  int lag = 1;  // a stage's own clock
  for (const PipelineProgram::Step& step : program.steps) {
    if (step.waits_for == program.first.back()) continue;
    const auto above =
        std::upper_bound(program.first.begin(), program.first.end(), step.waits_for);
    const int on_stage = static_cast<int>(above - program.first.begin()) - 1;
    const int back = period_of(step.finish, step.stage, periods, program) -
                     period_of(step.waits_for, on_stage, periods, program);
    if (back < 0) return -1;
    lag = std::max(lag, back);
  }
  return lag;
}

const PipelineProgram& program_of(const Schedule& schedule, PipelineShape shape,
                                  PipelineWorkspace& ws) {
  for (const PipelineProgram& known : ws.programs) {
    if (known.schedule == &schedule && known.shape == shape) return known;
  }
  if (ws.programs.size() < PipelineWorkspace::kPrograms) {
    ws.programs.resize(PipelineWorkspace::kPrograms);
  }
  PipelineProgram& slot = ws.programs[ws.next_program];
  ws.next_program = (ws.next_program + 1) % PipelineWorkspace::kPrograms;
  compile(schedule, shape, ws, slot);
  return slot;
}

/// Have the last `program.lag` periods moved on from those `cycle` before, all by the same time?
bool moved_alike(const PipelineProgram& program, int periods, int cycle, Seconds& moved,
                 const PipelineWorkspace& ws, Seconds total) {
  const int length = program.steady.front().length;
  const auto end_of = [&](int stage) {
    return program.first[stage] + program.steady[stage].prologue + periods * length;
  };
  moved = ws.finish[end_of(0) - 1] - ws.finish[end_of(0) - 1 - cycle * length];
  const double rounding = 1e-13 * total.base();
  for (int s = 0; s < program.shape.stages; ++s) {
    const int end = end_of(s);
    for (int i = end - program.lag * length; i < end; ++i) {
      const Seconds step = ws.finish[i] - ws.finish[i - cycle * length] - moved;
      if (std::abs(step.base()) > rounding) return false;
    }
  }
  return true;
}

/// The shortest cycle of periods after which all times have moved on alike; 0: none yet.
int find_cycle(const PipelineProgram& program, int periods, Seconds& moved,
               const PipelineWorkspace& ws, Seconds total) {
  for (int cycle = 1; cycle + program.lag <= periods; ++cycle) {
    if (moved_alike(program, periods, cycle, moved, ws, total)) return cycle;
  }
  return 0;
}

void add_periods(int skipped, Seconds time, PipelineShape shape, const PipelineCosts& costs,
                 PipelineTimes& times, PipelineWorkspace& ws) {
  times.total += time;
  for (Seconds& ready : ws.gradients_ready) ready += time;
  for (int s = 0; s < shape.stages; ++s) {
    ws.stage[s].last_finish += time;
    for (int c = 0; c < shape.chunks; ++c) {
      const ChunkTimes& chunk = costs.chunk[s * shape.chunks + c];
      ws.stage[s].busy +=
          1.0 * skipped * (chunk.forward + chunk.backward_input + chunk.backward_weight);
    }
  }
}

}  // namespace

void compile(const Schedule& schedule, PipelineShape shape, PipelineWorkspace& ws,
             PipelineProgram& program) {
  program.schedule = &schedule;
  program.shape = shape;
  write_orders(ws, program);
  ws.cursor.assign(program.first.begin(), program.first.end() - 1);
  program.steps.clear();
  const auto slots = static_cast<std::size_t>(program.first.back());
  // Forwards flow up the stages and backwards down, so the sweeps alternate.
  for (std::size_t before = slots + 1; program.steps.size() != before;) {
    before = program.steps.size();
    for (int s = 0; s < shape.stages; ++s) advance(s, ws, program);
    for (int s = shape.stages; s-- > 0;) advance(s, ws, program);
  }
  program.deadlocked = program.steps.size() != slots;
  program.lag = longest_lag(program);
}

PipelineTimes play(const PipelineProgram& program, const PipelineCosts& costs,
                   PipelineWorkspace& ws) {
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
  ws.finish.resize(program.first.back() + 1);
  ws.finish[program.first.back()] = Seconds{};

  for (const PipelineProgram::Step& step : program.steps) {
    Seconds& clock = ws.clock[step.stage];
    clock = std::max(clock, ws.finish[step.waits_for] + ws.hop[step.hop]) +
            ws.duration[step.duration];
    ws.finish[step.finish] = clock;
  }

  PipelineTimes times;
  times.deadlocked = program.deadlocked;
  ws.stage.assign(shape.stages, StageTimes{});
  ws.gradients_ready.resize(virtual_stages);
  for (int s = 0; s < shape.stages; ++s) {
    StageTimes& stage = ws.stage[s];
    const int chunk_of_first = program.schedule->place(s, shape).chunk;
    stage.first_start = ws.finish[program.first[s]] -
                        ws.duration[4 * (s * shape.chunks + chunk_of_first)];
    stage.last_finish = ws.clock[s];
    times.total = std::max(times.total, stage.last_finish);
    for (int i = s * shape.chunks; i < (s + 1) * shape.chunks; ++i) {
      stage.busy += 1.0 * shape.micro_batches * (ws.duration[4 * i] + ws.duration[4 * i + 1]);
      ws.gradients_ready[i] = ws.finish[program.last_of_chunk[i]];
    }
  }
  times.stage = ws.stage;
  times.gradients_ready = ws.gradients_ready;
  return times;
}

PipelineTimes play(const Schedule& schedule, PipelineShape shape, const PipelineCosts& costs,
                   PipelineWorkspace& ws) {
  return play(program_of(schedule, shape, ws), costs, ws);
}

PipelineTimes play_periodic(const Schedule& schedule, PipelineShape shape,
                            const PipelineCosts& costs, PipelineWorkspace& ws) {
  int available = shape.micro_batches;
  int period = 0;
  for (int s = 0; s < shape.stages; ++s) {
    const Steady steady = schedule.steady(s, shape);
    available = std::min(available, steady.periods);
    period = steady.micro_batches;
  }
  // Even stages settle in their first periods; uneven ones after about one trip through the pipeline.
  int periods = period == 0 ? available : 3 + shape.stages / period;
  while (4 * periods < 3 * available) {
    PipelineShape shorter = shape;
    shorter.micro_batches -= (available - periods) * period;
    shorter.group = period;  // fewer micro-batches would allow a smaller one
    const PipelineProgram& program = program_of(schedule, shorter, ws);
    if (program.lag < 0) break;
    PipelineTimes times = play(program, costs, ws);
    Seconds moved{};
    const int cycle = find_cycle(program, periods, moved, ws, times.total);
    const int skipped = available - periods;
    if (cycle != 0 && skipped % cycle == 0) {
      add_periods(skipped * period, 1.0 * skipped / cycle * moved, shape, costs, times, ws);
      return times;
    }
    periods += cycle != 0 ? skipped % cycle : periods;
  }
  return play(schedule, shape, costs, ws);
}

}  // namespace fleetcast
