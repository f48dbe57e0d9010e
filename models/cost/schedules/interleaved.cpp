// Interleaved 1F1B (arXiv:2104.04473), in Megatron-Core's order: `group` micro-batches in a row on
// one chunk, then on the next. Its rule: a group has as many micro-batches as there are stages or
// more, and so has what remains in the last one. With a group left to us the smallest that
// keeps the rule is taken; all micro-batches in one group always do.

#include <algorithm>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

constexpr MisfitReason kNeedsChunks{"chunks",
                                    "interleaving needs {0:.0f} chunks a stage, not {1:.0f}"};
constexpr MisfitReason kGroup{
    "micro_batch_group",
    "the last group of micro-batches on a chunk has {1:.0f}, the pipeline needs {0:.0f}"};

/// Micro-batches in the last, incomplete group; 0 = all are complete.
int remainder(int group, PipelineShape shape) { return shape.micro_batches % group; }

bool keeps_rule(int group, PipelineShape shape) {
  const int rest = remainder(group, shape);
  return rest == 0 || rest >= shape.stages;
}

int group_of(PipelineShape shape) {
  if (shape.group != 0) return shape.group;
  int group = shape.stages;
  while (!keeps_rule(group, shape)) ++group;
  return group;
}

Misfit admits(PipelineShape shape) {
  if (shape.chunks < 2) return {&kNeedsChunks, 2.0, 1.0 * shape.chunks};
  const int least = std::max(shape.stages, shape.group);
  if (shape.micro_batches < least) {
    return {&kNeedsMoreMicroBatches, 1.0 * least, 1.0 * shape.micro_batches};
  }
  if (shape.group == 0) return kFits;
  const int smallest = std::min(
      shape.group, keeps_rule(shape.group, shape) ? shape.group : remainder(shape.group, shape));
  return smallest >= shape.stages ? kFits : Misfit{&kGroup, 1.0 * shape.stages, 1.0 * smallest};
}

/// Which micro-batch and chunk a stage's k-th forward, or backward with chunks reversed, belongs
/// to.
Slot kth(int k, int group, PipelineShape shape, SlotPass pass) {
  const int start = k / (group * shape.chunks) * group;
  const int size = std::min(group, shape.micro_batches - start);
  const int within = k - start * shape.chunks;
  const int chunk = within / size;
  return {start + within % size,
          static_cast<std::int16_t>(pass == SlotPass::kForward ? chunk : shape.chunks - 1 - chunk),
          pass};
}

int warm_up(int stage, int group, PipelineShape shape) {
  const int ahead = 2 * (shape.stages - 1 - stage) + (shape.chunks - 1) * group;
  return std::min(ahead, shape.micro_batches * shape.chunks);
}

int order(int stage, PipelineShape shape, std::span<Slot> out) {
  const int group = group_of(shape);
  const int ahead = warm_up(stage, group, shape);
  const int passes = shape.micro_batches * shape.chunks;
  int n = 0;
  for (int k = 0; k < ahead; ++k) out[n++] = kth(k, group, shape, SlotPass::kForward);
  for (int k = 0; k < passes; ++k) {
    if (k + ahead < passes) out[n++] = kth(k + ahead, group, shape, SlotPass::kForward);
    out[n++] = kth(k, group, shape, SlotPass::kBackward);
  }
  return n;
}

int in_flight(int stage, PipelineShape shape) {
  return std::min(warm_up(stage, group_of(shape), shape) + 1, shape.micro_batches * shape.chunks);
}

// Periods begin where all stages have run the same number of slots: a stage that warmed up with
// fewer forwards has run more pairs. Groups that are complete repeat; a shorter last one does not.
Steady steady(int stage, PipelineShape shape) {
  const int group = group_of(shape);
  const int forwards = shape.micro_batches / group * group * shape.chunks;
  const int ahead = warm_up(stage, group, shape);
  const int repeated = forwards - ahead - stage;
  return {.prologue = ahead + 2 * stage,
          .length = 2 * group * shape.chunks,
          .periods = std::max(0, repeated / (group * shape.chunks)),
          .micro_batches = group};
}

}  // namespace

constinit const Schedule kInterleaved{.key = "interleaved",
                                      .admits = admits,
                                      .order = order,
                                      .virtual_stage = virtual_stage_in_turn,
                                      .place = place_in_turn,
                                      .in_flight = in_flight,
                                      .steady = steady,
                                      .splits_backward = false,
                                      .chunked = true};

}  // namespace fleetcast
