#pragma once

// Some of the points of a grid, one bit each.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sweep/grid.hpp"

namespace fleetcast::sweep {

class PointSet {
 public:
  PointSet() = default;
  explicit PointSet(PointId grid) : grid_(grid), bits_((grid + 7) / 8) {}
  PointSet(PointId grid, std::string_view bytes) : PointSet(grid) {
    bytes.copy(reinterpret_cast<char*>(bits_.data()), bits_.size());
  }

  [[nodiscard]] PointId grid() const { return grid_; }
  [[nodiscard]] bool has(PointId point) const {
    return point < grid_ && (bits_[point / 8] >> (point % 8) & 1U) != 0;
  }
  void add(PointId point) {
    if (point < grid_) bits_[point / 8] |= static_cast<unsigned char>(1U << (point % 8));
  }
  void remove(PointId point) {
    if (point < grid_) bits_[point / 8] &= static_cast<unsigned char>(~(1U << (point % 8)));
  }
  [[nodiscard]] PointId count() const {
    PointId out = 0;
    for (const unsigned char byte : bits_) out += static_cast<PointId>(std::popcount(byte));
    return out;
  }
  [[nodiscard]] std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bits_.data()), bits_.size()};
  }

  friend bool operator==(const PointSet&, const PointSet&) = default;

 private:
  PointId grid_ = 0;
  std::vector<unsigned char> bits_;
};

}  // namespace fleetcast::sweep
