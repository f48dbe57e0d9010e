#include "models/cost/schedule.hpp"

namespace fleetcast {

int virtual_stage_in_turn(int stage, int chunk, PipelineShape shape) {
  return chunk * shape.stages + stage;
}

Place place_in_turn(int virtual_stage, PipelineShape shape) {
  return {.stage = virtual_stage % shape.stages, .chunk = virtual_stage / shape.stages};
}

}  // namespace fleetcast
