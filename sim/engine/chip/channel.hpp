#pragma once

// What many SMs share: a channel serves requests in the order in which they come.

#include <algorithm>

#include "models/base/quantity.hpp"

namespace fleetcast::chip {

/// When `bytes` asked for at `now` have come, whoever else is served.
class MemoryPort {
 public:
  MemoryPort() = default;
  MemoryPort(const MemoryPort&) = delete;
  MemoryPort& operator=(const MemoryPort&) = delete;
  virtual ~MemoryPort() = default;
  /// Requires: calls in order of time.
  virtual Seconds transfer(Seconds now, Bytes bytes) = 0;
};

/// A rate, and a latency that requests overlap.
class Channel final : public MemoryPort {
 public:
  Channel(BytesPerSecond rate, Seconds latency) : rate_(rate), latency_(latency) {}
  Seconds transfer(Seconds now, Bytes bytes) override { return transfer(now, bytes, 1.0); }
  /// At `clock` of its rate.
  Seconds transfer(Seconds now, Bytes bytes, double clock) {
    free_ = std::max(now, free_) + bytes / (rate_ * clock);
    return free_ + latency_;
  }

 private:
  BytesPerSecond rate_;
  Seconds latency_, free_{};
};

}  // namespace fleetcast::chip
