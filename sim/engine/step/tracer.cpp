#include "sim/engine/step/tracer.hpp"

#include <array>
#include <string>

namespace fleetcast::step {
namespace {

/// Threads of a process: slots, then the streams.
constexpr int kSlots = 0;
constexpr int kFirstStream = 1;
constexpr std::array<std::string_view, kStreamCount> kStreamNames{
    "compute",         "tensor parallel",        "context parallel",
    "expert parallel", "expert tensor parallel", "data parallel"};

std::string_view pass_name(SlotPass pass) {
  switch (pass) {
    case SlotPass::kForward: return "forward";
    case SlotPass::kBackward: return "backward";
    case SlotPass::kBackwardInput: return "backward input";
    case SlotPass::kBackwardWeight: return "backward weight";
  }
  return "";
}

}  // namespace

Tracer::Tracer(Observer& observer, const Step& step, const Grid& grid)
    : observer_(observer), step_(step), grid_(grid), held_(static_cast<std::size_t>(grid.stages)) {
  for (int s = 0; s < grid.stages; ++s) {
    const int first = grid.block(s, 0) * grid.folded_columns * grid.block_ranks;
    observer.name_process(static_cast<std::uint32_t>(s),
                          "stage " + std::to_string(s) + ", ranks " + std::to_string(first) +
                              " to " + std::to_string(first + grid.block_ranks - 1));
    observer.name_track({static_cast<std::uint32_t>(s), kSlots}, "slots");
    for (int i = 0; i < kStreamCount; ++i)
      observer.name_track(
          {static_cast<std::uint32_t>(s), static_cast<std::uint32_t>(kFirstStream + i)},
          kStreamNames[static_cast<std::size_t>(i)]);
  }
}

Track Tracer::track_of(int block, int thread) const {
  return {static_cast<std::uint32_t>(grid_.stage_of(block)), static_cast<std::uint32_t>(thread)};
}

Bytes Tracer::activations_of(int stage, int chunk) const {
  const auto place = static_cast<std::size_t>(stage * step_.plan.vp + chunk);
  const ChunkLayers& layers = step_.layout->distinct[step_.layout->place[place]];
  Bytes sum{};
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (layers.count[k] > 0) sum += step_.programs[k]->memory.saved * double(layers.count[k]);
  return sum;
}

void Tracer::count_activations(int stage, const Slot& slot, Seconds at) {
  if (slot.pass == SlotPass::kBackwardInput) return;  // its weight gradient still needs them
  Bytes& held = held_[static_cast<std::size_t>(stage)];
  const Bytes own = activations_of(stage, slot.chunk);
  held += slot.pass == SlotPass::kForward ? own : -own;
  observer_.counter(static_cast<std::uint32_t>(stage), "activations, GiB", at, held / kGiB);
}

void Tracer::slot(int block, const Slot& slot, Seconds begun, Seconds ended) {
  const std::string name = std::string(pass_name(slot.pass)) + " " +
                           std::to_string(slot.micro_batch) +
                           (step_.plan.vp > 1 ? " of chunk " + std::to_string(slot.chunk) : "");
  observer_.span(track_of(block, kSlots), name, pass_name(slot.pass), begun, ended - begun);
  count_activations(grid_.stage_of(block), slot, ended);
}

void Tracer::task(int block, const ScriptTask& task, Seconds begun, Seconds ended) {
  if (ended <= begun) return;
  const std::string_view key = key_of(task.cost);
  observer_.span(track_of(block, kFirstStream + static_cast<int>(task.stream)), key, key, begun,
                 ended - begun);
}

void Tracer::states(int stage, bool reduces, Seconds begun, Seconds ended) {
  observer_.span(track_of(grid_.block(stage, 0), kFirstStream + static_cast<int>(Stream::kData)),
                 reduces ? "gradients" : "weights", key_of(Cost::kDataComm), begun, ended - begun);
}

}  // namespace fleetcast::step
