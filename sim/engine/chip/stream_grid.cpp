#include "sim/engine/chip/stream_grid.hpp"

#include <algorithm>

namespace fleetcast::chip {
namespace {

// A step is what an SM has on its way, so that kernels side by side take turns; no more than so
// many events.
constexpr Bytes kStep{16384.0};
constexpr double kFewest = 64.0, kMost = 4096.0;
constexpr Seconds kChunk{1e-6};  // of a link, and what a buffer of a collective's channel holds

}  // namespace

StreamGrid::StreamGrid(Bytes bytes, int sms) : endless_(false) {
  batch_.sms = sms;
  batch_.steps = batch_.groups = std::clamp(bytes / (kStep * double(sms)), kFewest, kMost);
  batch_.streamed = bytes / (batch_.steps * sms);
}

StreamGrid::StreamGrid(BytesPerSecond rate, int sms) : endless_(true) {
  batch_.sms = sms;
  batch_.steps = batch_.groups = kFewest;
  batch_.pace = kChunk;
  batch_.streamed = rate * kChunk / double(sms);
}

const Batch* StreamGrid::next(int /*sms*/) {
  if (done_) return nullptr;
  done_ = !endless_;
  return &batch_;
}

}  // namespace fleetcast::chip
