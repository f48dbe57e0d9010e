#pragma once

// Pipeline schedules: in which order a stage runs its micro-batches. A schedule knows no time; the
// longest-path evaluator (longest_path.hpp) walks any order.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "models/base/fields.hpp"
#include "models/base/misfit.hpp"

namespace fleetcast {

struct PipelineShape {
  int stages = 1;
  int chunks = 1;  ///< virtual stages of one stage
  int micro_batches = 1;
  /// Micro-batches in a row on one chunk (interleaved; Megatron's
  /// microbatch_group_size_per_vp_stage); 0: the fewest that its rule allows.
  int group = 0;

  friend constexpr bool operator==(const PipelineShape&, const PipelineShape&) = default;
};

enum class SlotPass : std::uint8_t {
  kForward,
  kBackward,        ///< both gradients at once
  kBackwardInput,   ///< of the activations: what the stage before waits for
  kBackwardWeight,  ///< of the weights: any time later
};

constexpr bool is_backward(SlotPass pass) { return pass != SlotPass::kForward; }
/// Whether a slot's end completes its micro-batch's share of the gradients.
constexpr bool makes_gradients(SlotPass pass) {
  return pass == SlotPass::kBackward || pass == SlotPass::kBackwardWeight;
}

struct Slot {
  std::int32_t micro_batch = 0;
  std::int16_t chunk = 0;
  SlotPass pass = SlotPass::kForward;

  friend constexpr bool operator==(const Slot&, const Slot&) = default;
};

/// Where a virtual stage runs.
struct Place {
  int stage = 0;
  int chunk = 0;
};

/// The middle of a stage's order that repeats: slot j + length is slot j, `micro_batches` later.
/// The slots before `prologue` on all stages wait for nothing after it on any stage.
struct Steady {
  int prologue = 0;       ///< slots before the first period
  int length = 0;         ///< slots of a period
  int periods = 0;        ///< whole periods in this order
  int micro_batches = 0;  ///< that a period finishes; 0: the order has no such middle
};

/// A row of the table.
struct Schedule {
  std::string_view key;
  Misfit (*admits)(PipelineShape shape);
  /// Writes the slots of one stage in the order it runs them and returns how many.
  /// Requires: admits(); room for max_slots(shape).
  int (*order)(int stage, PipelineShape shape, std::span<Slot> out);
  int (*virtual_stage)(int stage, int chunk, PipelineShape shape);
  Place (*place)(int virtual_stage, PipelineShape shape);
  /// Most (micro-batch, chunk) activations a stage holds at once: from its forward until its
  /// backward, or until its weight gradient where that is apart.
  int (*in_flight)(int stage, PipelineShape shape);
  Steady (*steady)(int stage, PipelineShape shape);
  bool splits_backward;  ///< some weight gradients run apart from the backward
  bool chunked;          ///< chunks above one make sense: the planner tries them
};

extern const Schedule kGpipe;
extern const Schedule kOneFOneB;
extern const Schedule kInterleaved;
extern const Schedule kZeroBubble;
extern const Schedule kDualPipeV;
inline constexpr std::array kSchedules{&kGpipe, &kOneFOneB, &kInterleaved, &kZeroBubble,
                                       &kDualPipeV};

/// Slots of one stage, at most: a forward and two halves of a backward.
constexpr int max_slots(PipelineShape shape) { return 3 * shape.micro_batches * shape.chunks; }

/// For schedules of one chunk a stage: any shape that has just one.
Misfit admits_one_chunk(PipelineShape shape);
/// Forwards before the first backward of 1F1B: one for each stage after this.
int one_f_one_b_warm_up(int stage, PipelineShape shape);

/// Chunks dealt out to the stages in turn, as 1F1B (one chunk) and interleaved do.
int virtual_stage_in_turn(int stage, int chunk, PipelineShape shape);
Place place_in_turn(int virtual_stage, PipelineShape shape);

inline constexpr MisfitReason kNeedsOneChunk{"chunks",
                                             "this schedule runs one chunk a stage, not {0:.0f}"};
inline constexpr MisfitReason kNeedsMoreMicroBatches{
    "micro_batches", "this schedule needs {0:.0f} micro-batches or more, there are {1:.0f}"};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct Table<Schedule> {
  static std::span<const Schedule* const> rows() { return kSchedules; }
};
}  // namespace fleetcast::fields
