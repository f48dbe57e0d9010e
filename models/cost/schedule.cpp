#include "models/cost/schedule.hpp"

#include <algorithm>

namespace fleetcast {

Misfit admits_one_chunk(PipelineShape shape) {
  return shape.chunks == 1 ? kFits : Misfit{&kNeedsOneChunk, 1.0 * shape.chunks, 1.0};
}

int one_f_one_b_warm_up(int stage, PipelineShape shape) {
  return std::min(shape.stages - 1 - stage, shape.micro_batches);
}

int virtual_stage_in_turn(int stage, int chunk, PipelineShape shape) {
  return chunk * shape.stages + stage;
}

Place place_in_turn(int virtual_stage, PipelineShape shape) {
  return {.stage = virtual_stage % shape.stages, .chunk = virtual_stage / shape.stages};
}

}  // namespace fleetcast
