#include "models/cost/longest_path.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace fleetcast {
namespace {

const PipelineProgram& program_of(const Schedule& schedule, PipelineShape shape, int available,
                                  int period, PipelineWorkspace& ws) {
  PipelineShape shorter = shape;
  if (available > PipelineProgram::kPeriods) {
    shorter.micro_batches -= (available - PipelineProgram::kPeriods) * period;
    shorter.group = period;  // fewer micro-batches might allow a smaller one
  }
  for (const PipelineProgram& known : ws.programs)
    if (known.schedule == &schedule && known.shape == shorter) return known;
  ws.programs.resize(PipelineWorkspace::kPrograms);
  PipelineProgram& slot = ws.programs[ws.next_program];
  ws.next_program = (ws.next_program + 1) % PipelineWorkspace::kPrograms;
  compile(schedule, shorter, ws.compile, slot);
  return slot;
}

/// Durations, and transfers, of each chunk's forward, backward and halves of a backward.
void spread_costs(const PipelineProgram& program, const PipelineCosts& costs,
                  PipelineWorkspace& ws) {
  const std::size_t chunks = program.virtual_stage.size();
  assert(costs.chunk.size() == chunks && costs.hop.size() == chunks - 1);
  ws.duration.resize(4 * chunks);
  ws.hop.resize(4 * chunks);
  for (std::size_t i = 0; i < chunks; ++i) {
    const ChunkTimes& chunk = costs.chunk[i];
    const auto v = static_cast<std::size_t>(program.virtual_stage[i]);
    Seconds* const duration = &ws.duration[4 * i];
    duration[0] = chunk.forward;
    duration[1] = chunk.backward_input + chunk.backward_weight;
    duration[2] = chunk.backward_input;
    duration[3] = chunk.backward_weight;
    Seconds* const hop = &ws.hop[4 * i];
    hop[0] = v == 0 ? Seconds{} : costs.hop[v - 1];
    hop[1] = hop[2] = v + 1 == chunks ? Seconds{} : costs.hop[v];
    hop[3] = Seconds{};
  }
}

/// Runs a program's steps, and its last period again for those that it leaves out.
class Player {
 public:
  Player(const PipelineProgram& program, int periods, PipelineWorkspace& ws)
      : program_(program), ws_(ws), period_(program.body_end - program.body_begin) {
    const int more = std::max(0, periods - program.periods) * period_;
    ws.finish.resize(1 + program.steps.size() + more);
    ws.finish[0] = Seconds{};
  }

  /// Steps [begin, end), onto the end of the tape.
  void run(int begin, int end) {
    const Seconds* const duration = ws_.duration.data();
    const Seconds* const hop = ws_.hop.data();
    Seconds* finish = &ws_.finish[played_];
    const PipelineProgram::Step* const last = program_.steps.data() + end;
    // Unrolled: 10 instructions a slot instead of 12.
#pragma GCC unroll 4
    for (const auto* step = program_.steps.data() + begin; step != last; ++step) {
      ++finish;
      *finish = std::max(finish[step->stage], finish[step->awaits] + hop[step->cost]) +
                duration[step->cost];
    }
    played_ += end - begin;
  }

  /// The shortest cycle of periods that repeats; 0: none yet. Cycles of one are looked for after
  /// every period, longer ones whenever the periods played have doubled.
  int cycle_after(int periods, Seconds& moved) const {
    const bool doubled = periods >= 8 && (periods & (periods - 1)) == 0;
    const int longest = std::min(doubled ? periods / 2 : 1, periods - program_.lag);
    for (int cycle = 1; cycle <= longest; ++cycle)
      if (moved_alike(cycle, moved)) return cycle;
    return 0;
  }

 private:
  /// Have the last `lag` of the periods played moved on from those `cycle` before by one time?
  bool moved_alike(int cycle, Seconds& moved) const {
    const Seconds* const end = &ws_.finish[played_];
    const int back = cycle * period_;
    moved = end[0] - end[-back];
    const double rounding = 1e-13 * end->base();
    for (int i = 1 - program_.lag * period_; i <= 0; ++i) {
      const Seconds odd = end[i] - end[i - back] - moved;
      if (std::abs(odd.base()) > rounding) return false;
    }
    return true;
  }

  const PipelineProgram& program_;
  PipelineWorkspace& ws_;
  int period_;      ///< steps
  int played_ = 0;  ///< steps
};

/// `more`: steps of periods that were appended, or left out where that is negative; what comes last
/// moved on by them.
PipelineTimes times_of(const PipelineProgram& program, PipelineShape shape, int more,
                       Seconds skipped, PipelineWorkspace& ws) {
  PipelineTimes times;
  ws.stage.resize(shape.stages);
  ws.first_forward.resize(shape.stages * shape.chunks);
  ws.gradients_ready.resize(shape.stages * shape.chunks);
  ws.last_gradients.resize(shape.stages * shape.chunks);
  for (int s = 0; s < shape.stages; ++s) {
    StageTimes& stage = ws.stage[s];
    const int first = program.first[s];
    stage.first_start = ws.finish[first] - ws.duration[program.steps[first - 1].cost];
    stage.last_finish = ws.finish[program.last[s] + more] + skipped;
    stage.busy = Seconds{};
    times.total = std::max(times.total, stage.last_finish);
    for (int i = s * shape.chunks; i < (s + 1) * shape.chunks; ++i) {
      stage.busy += 1.0 * shape.micro_batches * (ws.duration[4 * i] + ws.duration[4 * i + 1]);
      // First forwards come before what is played again or left out.
      ws.first_forward[i] = ws.finish[program.first_of_chunk[i]] - ws.duration[4 * i];
      const int last = program.last_of_chunk[i];
      ws.gradients_ready[i] = ws.finish[last + more] + skipped;
      ws.last_gradients[i] = ws.duration[program.steps[last - 1].cost];
    }
  }
  times.stage = ws.stage;
  times.first_forward = ws.first_forward;
  times.gradients_ready = ws.gradients_ready;
  times.last_gradients = ws.last_gradients;
  return times;
}

PipelineTimes play(const Schedule& schedule, PipelineShape shape, const PipelineCosts& costs,
                   bool may_skip, PipelineWorkspace& ws) {
  const Steady steady = common_steady(schedule, shape);
  const PipelineProgram& program =
      program_of(schedule, shape, steady.periods, steady.micro_batches, ws);
  if (program.deadlocked) return {.deadlocked = true};
  spread_costs(program, costs, ws);
  Player player{program, steady.periods, ws};
  player.run(0, program.body_begin);
  // The body's periods; an order without any is all body.
  const int before = std::max(0, program.periods - 1);
  int left = std::max(1, steady.periods - before);
  int later = -1;
  Seconds skipped{};
  for (; left > 0; --left, ++later) {
    Seconds moved{};
    const int cycle = may_skip ? player.cycle_after(before + 1 + later, moved) : 0;
    if (cycle != 0) {
      skipped = 1.0 * (left / cycle) * moved;
      left %= cycle;
      may_skip = false;
      if (left == 0) break;
    }
    player.run(program.body_begin, program.body_end);
  }
  player.run(program.body_end, static_cast<int>(program.steps.size()));
  const int more = later * (program.body_end - program.body_begin);
  return times_of(program, shape, more, skipped, ws);
}

}  // namespace

PipelineTimes play(const Schedule& schedule, PipelineShape shape, const PipelineCosts& costs,
                   PipelineWorkspace& ws) {
  return play(schedule, shape, costs, false, ws);
}

PipelineTimes play_periodic(const Schedule& schedule, PipelineShape shape,
                            const PipelineCosts& costs, PipelineWorkspace& ws) {
  return play(schedule, shape, costs, true, ws);
}

std::vector<PlayedSlot> played_slots(const Schedule& schedule, PipelineShape shape,
                                     const PipelineCosts& costs, PipelineWorkspace& ws) {
  PipelineProgram program;  // of all periods
  compile(schedule, shape, ws.compile, program);
  std::vector<PlayedSlot> out;
  if (program.deadlocked) return out;
  spread_costs(program, costs, ws);
  Player{program, 0, ws}.run(0, static_cast<int>(program.steps.size()));
  std::vector<Slot> order(static_cast<std::size_t>(max_slots(shape)));
  for (int s = 0; s < shape.stages; ++s) {
    const int count = schedule.order(s, shape, order);
    for (int i = 0; i < count; ++i) {
      const int place = ws.compile.place[i * shape.stages + s];
      const Seconds duration = ws.duration[program.steps[place - 1].cost];
      out.push_back({s, order[i], ws.finish[place] - duration, ws.finish[place]});
    }
  }
  return out;
}

}  // namespace fleetcast
