#pragma once

// L2 as the operand panels that it holds, the least recently used leaving first.

#include <cstdint>
#include <vector>

#include "models/base/quantity.hpp"
#include "sim/engine/chip/grid.hpp"

namespace fleetcast::chip {

class L2Cache {
 public:
  explicit L2Cache(Bytes capacity) : capacity_(capacity) {}

  /// Room for panels of one more kernel; returns what to add to their ids.
  std::uint32_t admit(std::uint32_t panels);
  /// Uses a panel: what of it was not there and has to come from HBM, or will go to it. A panel
  /// larger than the whole cache never stays.
  Bytes use(Panel panel);
  [[nodiscard]] Bytes held() const { return held_; }

 private:
  struct Entry {
    std::uint32_t older = 0, newer = 0;
    Bytes bytes{};
  };
  void unlink(std::uint32_t slot);
  void push_newest(std::uint32_t slot);

  Bytes capacity_, held_{};
  std::vector<Entry> entries_{1};  ///< the first closes the ring: its newer is the oldest panel
};

}  // namespace fleetcast::chip
