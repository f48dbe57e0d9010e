#pragma once

// The analytic engine: plays a priced step by longest path on its resources. What overlaps, what
// waits and what stays exposed is the outcome.

#include <vector>

#include "models/cost/longest_path.hpp"
#include "sim/step/program.hpp"

namespace fleetcast {

/// One layer as it ran: its length, and where the compute stream's time went.
struct LayerTimes {
  Seconds forward{}, backward{};
  Seconds weight_gradients{};  ///< part of backward
  Seconds compute{};           ///< tensor and vector pipes at work, both passes
  Breakdown forward_parts, backward_parts;
};

/// The task after which the CPU starts anew, having waited for the GPU; the first if it never does.
/// A list in which it does is played from there, around its end, as one of many.
int first_after_sync(const TaskList& list);

/// Plays both passes of a layer on the streams of one rank. Kernels that are launched slower than
/// they run leave the GPU waiting (Cost::kHost).
LayerTimes play_layer(const LayerProgram& program);

/// When a step ended, and why then.
struct Timeline {
  Seconds step_time{};
  Breakdown breakdown;  ///< of the busiest stage; adds up to step_time
  Seconds pipeline{};   ///< first forward to last backward
  int busiest_stage = 0;
  double bubble_share = 0;  ///< of the busiest stage's pipeline time
  Seconds compute_busy{};   ///< mean over stages: tensor and vector pipes at work
};

/// Gradients and weights of one chunk on their way, each layer's in a bucket of its own.
struct ChunkStates {
  Seconds reduce{}, gather{};             ///< all of them
  Seconds last_reduce{}, first_gather{};  ///< one
  Seconds after_first{};                  ///< forward from the second
  double share = 0;                       ///< of one bucket
  bool present = false;
};

/// The caller's, one a thread; grows and then allocates no more. Clear with the ProgramCache.
struct EngineWorkspace {
  PipelineWorkspace pipeline;
  std::vector<LayerTimes> layers;  ///< by LayerProgram::id
  std::vector<char> known;
  std::vector<ChunkTimes> times;    ///< of Layout::distinct
  std::vector<ChunkStates> states;  ///< likewise
  std::vector<ChunkTimes> chunk;    ///< [stage * chunks + chunk]
  std::vector<Seconds> hop;
  void forget_layers() { known.clear(); }
};

/// Plays the layers of a step that have not been played yet.
void know_layers(const Step& step, EngineWorkspace& workspace);

/// How late the first micro-batch runs because weights are still on their way, if nothing else is
/// on their links.
Seconds late_weights(const Step& step, EngineWorkspace& workspace);

/// The whole step, with its breakdown.
Timeline play(const Step& step, EngineWorkspace& workspace);

/// Micro-batches on their way through the pipeline, from its first forward on: what a timeline
/// draws.
std::vector<PlayedSlot> pipeline_slots(const Step& step, EngineWorkspace& workspace);

/// Its length alone; what a search compares.
Seconds step_time(const Step& step, EngineWorkspace& workspace);

/// One micro-batch through all layers of one replica, forward and backward, on one of its ranks: no
/// pipeline, bubble or state exchange. Times the ranks of a stage: the GPU time a micro-batch
/// takes.
Seconds micro_batch_work(const Step& step, EngineWorkspace& workspace);
/// Of that, what tensor and vector pipes are at work.
Seconds micro_batch_compute(const Step& step, EngineWorkspace& workspace);
/// Of a whole step, mean over the ranks.
Seconds compute_busy(const Step& step, EngineWorkspace& workspace);

/// What floors are taken times: they are sums in another order than the times they bound.
inline constexpr double kFloorRounding = 1.0 - 1e-9;

/// No step of this plan is shorter: the busiest stage's work, the pipeline's critical path.
Seconds step_time_bound(const Step& step, EngineWorkspace& workspace);

}  // namespace fleetcast
