// One forward, one backward (PipeDream-Flush, arXiv:2006.09503): a stage warms up with a forward
// for each stage after it, then alternates.

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
    out[n++] = {i, 0, SlotPass::kBackward};
  }
  return n;
}

int in_flight(int stage, PipelineShape shape) {
  return std::min(shape.stages - stage, shape.micro_batches);
}

Steady steady(int stage, PipelineShape shape) {
  const int ahead = one_f_one_b_warm_up(stage, shape);
  return {
      .prologue = ahead, .length = 2, .periods = shape.micro_batches - ahead, .micro_batches = 1};
}

}  // namespace

constinit const Schedule kOneFOneB{.key = "1f1b",
                                   .admits = admits_one_chunk,
                                   .order = order,
                                   .virtual_stage = virtual_stage_in_turn,
                                   .place = place_in_turn,
                                   .in_flight = in_flight,
                                   .steady = steady,
                                   .splits_backward = false,
                                   .chunked = false};

}  // namespace fleetcast
