#pragma once

// When a pipeline's slots run: the longest path through any schedule's order.
//   forward of virtual stage v waits for the forward of v - 1 and its transfer;
//   backward of v waits for the backward of v + 1 and its transfer;
//   and each stage runs its slots one after the other, in the schedule's order.

#include <span>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/cost/schedule.hpp"

namespace fleetcast {

/// One micro-batch through one chunk of one stage.
struct ChunkTimes {
  Seconds forward{};
  Seconds backward_input{};
  Seconds backward_weight{};  ///< a whole backward takes the sum of both
};

struct PipelineCosts {
  /// [stage * chunks + chunk]
  std::span<const ChunkTimes> chunk;
  /// [v]: from virtual stage v to v + 1, and back with its gradient; stages * chunks - 1 of them.
  /// A delay: neither stage is busy with it.
  std::span<const Seconds> hop;
};

struct StageTimes {
  Seconds busy{};
  Seconds first_start{};
  Seconds last_finish{};
};

/// The spans lie in the workspace and hold until its next use.
struct PipelineTimes {
  Seconds total{};
  std::span<const StageTimes> stage;
  /// [stage * chunks + chunk]: when the chunk's gradients are complete.
  std::span<const Seconds> gradients_ready;
  bool deadlocked = false;  ///< the order waits for itself; the times mean nothing
};

/// A schedule's slots over all stages, sorted so that none comes before what it waits for. It
/// depends on the shape only, so one program prices many costs; and where the order has a steady
/// middle, on the number of micro-batches only by what does not fill a period.
struct PipelineProgram {
  /// Periods it holds, at most: enough for the last to wait for nothing but whole ones.
  static constexpr int kPeriods = 3;

  struct Step {
    int finish;     ///< index into the finish times: 1 + place in its order * stages + stage
    int waits_for;  ///< likewise; 0 is always ready
    int hop;        ///< of the virtual boundary crossed; the last one costs nothing
    int duration;   ///< (stage * chunks + chunk) * 4 + pass
    int stage;
  };
  const Schedule* schedule = nullptr;
  PipelineShape shape{};  ///< shortened to `periods` periods
  bool deadlocked = false;
  int periods = 0;     ///< whole periods of the steady middle on every stage; 0: none
  int lag = 0;         ///< periods that a slot's dependency lies back, at most
  int body_begin = 0;  ///< steps of the last of these periods: played again, moved on, for more
  int body_end = 0;
  int slots = 0;  ///< of the stage that has most
  std::vector<Step> steps;
  std::vector<int> last_of_chunk;  ///< [stage * chunks + chunk]: finish of its last backward
  std::vector<Steady> steady;      ///< [stage]
};

/// The caller's; one a thread. Grows to the largest pipeline played and then allocates no more.
struct PipelineWorkspace {
  static constexpr int kPrograms = 64;
  std::vector<PipelineProgram> programs;  ///< the latest, so that a search compiles each once
  int next_program = 0;
  std::vector<Slot> slots;
  std::vector<int> first;
  std::vector<int> cursor;
  std::vector<int> position;
  std::vector<PipelineProgram::Step> steps;
  std::vector<Seconds> finish;
  std::vector<Seconds> duration;
  std::vector<Seconds> hop;
  std::vector<Seconds> clock;
  std::vector<StageTimes> stage;
  std::vector<Seconds> gradients_ready;
};

/// Requires: schedule.admits(shape).
void compile(const Schedule& schedule, PipelineShape shape, PipelineWorkspace& workspace,
             PipelineProgram& program);

/// Every slot of the pipeline. Requires: schedule.admits(shape).
PipelineTimes play(const Schedule& schedule, PipelineShape shape, const PipelineCosts& costs,
                   PipelineWorkspace& workspace);

/// The same times, mostly sooner. Times are max-plus linear, so once all finish times of as many
/// successive periods as dependencies reach back have moved on by the same amount, those of all
/// later periods do as well and need no playing. Where that never happens every slot is played.
PipelineTimes play_periodic(const Schedule& schedule, PipelineShape shape,
                            const PipelineCosts& costs, PipelineWorkspace& workspace);

}  // namespace fleetcast
