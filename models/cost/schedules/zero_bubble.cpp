// ZB-H1 (arXiv:2401.10241): 1F1B with the weight gradients apart. Stage s lets s of them wait, so
// every stage holds as many activations as 1F1B's first, and fills the drain at the end with them.

#include <algorithm>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

int order(int stage, PipelineShape shape, std::span<Slot> out) {
  const int ahead = one_f_one_b_warm_up(stage, shape);
  int n = 0;
  for (int i = 0; i < ahead; ++i) out[n++] = {i, 0, SlotPass::kForward};
  for (int i = 0; i < shape.micro_batches; ++i) {
    if (i + ahead < shape.micro_batches) out[n++] = {i + ahead, 0, SlotPass::kForward};
    out[n++] = {i, 0, SlotPass::kBackwardInput};
    if (i >= stage) out[n++] = {i - stage, 0, SlotPass::kBackwardWeight};
  }
  for (int i = std::max(0, shape.micro_batches - stage); i < shape.micro_batches; ++i) {
    out[n++] = {i, 0, SlotPass::kBackwardWeight};
  }
  return n;
}

int in_flight(int, PipelineShape shape) { return std::min(shape.stages, shape.micro_batches); }

Steady steady(int stage, PipelineShape shape) {
  const int ahead = one_f_one_b_warm_up(stage, shape);
  return {.prologue = ahead + 2 * stage,
          .length = 3,
          .periods = std::max(0, shape.micro_batches - ahead - stage),
          .micro_batches = 1};
}

}  // namespace

constinit const Schedule kZeroBubble{.key = "zero_bubble_h1",
                                     .admits = admits_one_chunk,
                                     .order = order,
                                     .virtual_stage = virtual_stage_in_turn,
                                     .place = place_in_turn,
                                     .in_flight = in_flight,
                                     .steady = steady,
                                     .splits_backward = true,
                                     .chunked = false};

}  // namespace fleetcast
