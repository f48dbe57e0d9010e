// All forwards, then all backwards (arXiv:1811.06965).

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

int order(int, PipelineShape shape, std::span<Slot> out) {
  int n = 0;
  for (int i = 0; i < shape.micro_batches; ++i) out[n++] = {i, 0, SlotPass::kForward};
  for (int i = shape.micro_batches; i-- > 0;) out[n++] = {i, 0, SlotPass::kBackward};
  return n;
}

int in_flight(int, PipelineShape shape) { return shape.micro_batches; }

// One more micro-batch adds a slot in two places, so no middle repeats.
Steady steady(int, PipelineShape) { return {}; }

}  // namespace

constinit const Schedule kGpipe{.key = "gpipe",
                                .admits = admits_one_chunk,
                                .order = order,
                                .virtual_stage = virtual_stage_in_turn,
                                .place = place_in_turn,
                                .in_flight = in_flight,
                                .steady = steady,
                                .splits_backward = false,
                                .chunked = false};

}  // namespace fleetcast
