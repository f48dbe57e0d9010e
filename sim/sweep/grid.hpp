#pragma once

// All combinations of the axes: a mixed-radix number whose last digit moves fastest. A point's
// number is its place here, whatever filters leave out.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fleetcast::sweep {

using PointId = std::uint64_t;

/// A larger grid is refused: its map of what is done takes 12 MB.
inline constexpr PointId kMostPoints = 100'000'000;

class Grid {
 public:
  /// Sizes by dimension; `dimension_of_axis` says which digit moves an axis (zip: one for several).
  Grid(std::vector<std::uint32_t> sizes, std::vector<std::uint32_t> dimension_of_axis);
  Grid() : Grid({}, {}) {}

  /// 1 without any dimension; saturates beyond kMostPoints.
  [[nodiscard]] PointId size() const { return size_; }
  [[nodiscard]] std::size_t axes() const { return dimension_of_axis_.size(); }

  /// The value that each axis has at this point. Requires: point < size(); out.size() == axes().
  void values_at(PointId point, std::span<std::uint32_t> out) const;

 private:
  std::vector<std::uint32_t> sizes_;
  std::vector<PointId> strides_;
  std::vector<std::uint32_t> dimension_of_axis_;
  PointId size_ = 1;
};

/// One of `count` equal parts of a sweep, from 1.
struct Shard {
  unsigned index = 1;
  unsigned count = 1;

  /// Each run of `count` points is spread over all shards, turned by chance so that no axis whose
  /// size divides `count` falls to one shard.
  [[nodiscard]] bool holds(PointId point) const;
};

/// "2/8" is the second of eight; nothing where `text` is no shard.
std::optional<Shard> shard_from(std::string_view text);

}  // namespace fleetcast::sweep
