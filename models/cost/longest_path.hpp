#pragma once

// When a pipeline's slots run: the longest path through any schedule's order.
//   forward of virtual stage v waits for the forward of v - 1 and its transfer;
//   backward of v waits for the backward of v + 1 and its transfer;
//   and each stage runs its slots one after the other, in the schedule's order.

#include <span>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/cost/pipeline_program.hpp"

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
  /// [stage * chunks + chunk]: when the chunk's first forward begins.
  std::span<const Seconds> first_forward;
  /// [stage * chunks + chunk]: when the chunk's gradients are complete.
  std::span<const Seconds> gradients_ready;
  /// [stage * chunks + chunk]: how long the slot took that completed them.
  std::span<const Seconds> last_gradients;
  bool deadlocked = false;  ///< the order waits for itself; the times mean nothing
};

/// The caller's; one a thread. Grows to the largest pipeline played and then allocates no more.
struct PipelineWorkspace {
  static constexpr int kPrograms = 64;
  std::vector<PipelineProgram> programs;  ///< the latest, so that a search compiles each once
  int next_program = 0;
  CompileWorkspace compile;
  std::vector<Seconds> duration;  ///< [PipelineProgram::Step::cost]
  std::vector<Seconds> hop;       ///< likewise: of what it waits for
  std::vector<Seconds> finish;    ///< [place on the tape]
  std::vector<StageTimes> stage;
  std::vector<Seconds> first_forward;
  std::vector<Seconds> gradients_ready;
  std::vector<Seconds> last_gradients;
};

/// Every slot of the pipeline. Requires: schedule.admits(shape).
PipelineTimes play(const Schedule& schedule, PipelineShape shape, const PipelineCosts& costs,
                   PipelineWorkspace& workspace);

/// The same times, mostly sooner. Times are max-plus linear, so once all finish times of as many
/// successive periods as dependencies reach back have moved on by the same amount, those of all
/// later periods do as well and need no playing. Where that never happens every slot is played.
PipelineTimes play_periodic(const Schedule& schedule, PipelineShape shape,
                            const PipelineCosts& costs, PipelineWorkspace& workspace);

struct PlayedSlot {
  int stage = 0;
  Slot slot;
  Seconds start{}, finish{};
};

/// Each slot with its times, for those who draw them: by stage, within one in the order it runs
/// them. The latest finish is play()'s total. Empty where the order waits for itself.
std::vector<PlayedSlot> played_slots(const Schedule& schedule, PipelineShape shape,
                                     const PipelineCosts& costs, PipelineWorkspace& workspace);

}  // namespace fleetcast
