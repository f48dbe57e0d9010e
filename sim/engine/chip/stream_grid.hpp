#pragma once

// Kernels that only move bytes: memory-bound ones as fast as HBM lets them, communication as fast
// as its link.

#include "sim/engine/chip/grid.hpp"

namespace fleetcast::chip {

class StreamGrid final : public Grid {
 public:
  /// Moves `bytes`, read and written, in all, on `sms` SMs. Requires: bytes > 0, sms > 0.
  StreamGrid(Bytes bytes, int sms);
  /// Moves at most `rate` through `sms` SMs, without end.
  StreamGrid(BytesPerSecond rate, int sms);
  const Batch* next(int sms) override;
  void rewind() override { done_ = false; }

 private:
  bool endless_, done_ = false;
  Batch batch_;
};

}  // namespace fleetcast::chip
