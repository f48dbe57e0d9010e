#include "sim/engine/chip/stream_grid.hpp"

namespace fleetcast::chip {
namespace {

constexpr double kSteps = 64.0;
constexpr Seconds kChunk{1e-6};  // of a link, and what a buffer of a collective's channel holds

}  // namespace

StreamGrid::StreamGrid(Bytes bytes, int sms) : endless_(false) {
  batch_.sms = sms;
  batch_.steps = kSteps;
  batch_.streamed = bytes / (kSteps * sms);
}

StreamGrid::StreamGrid(BytesPerSecond rate, int sms) : endless_(true) {
  batch_.sms = sms;
  batch_.steps = kSteps;
  batch_.pace = kChunk;
  batch_.streamed = rate * kChunk / double(sms);
}

const Batch* StreamGrid::next(int /*sms*/) {
  if (done_) return nullptr;
  done_ = !endless_;
  return &batch_;
}

}  // namespace fleetcast::chip
