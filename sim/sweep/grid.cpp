#include "sim/sweep/grid.hpp"

#include <algorithm>
#include <charconv>

namespace fleetcast::sweep {
namespace {

/// Steele, Lea, Flood 2014: SplitMix64.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace

Grid::Grid(std::vector<std::uint32_t> sizes, std::vector<std::uint32_t> dimension_of_axis)
    : sizes_(std::move(sizes)),
      strides_(sizes_.size(), 1),
      dimension_of_axis_(std::move(dimension_of_axis)) {
  for (std::size_t d = sizes_.size(); d-- > 0;) {
    strides_[d] = size_;
    size_ = std::min(size_ * sizes_[d], kMostPoints + 1);
  }
}

void Grid::values_at(PointId point, std::span<std::uint32_t> out) const {
  for (std::size_t axis = 0; axis < dimension_of_axis_.size(); ++axis) {
    const std::uint32_t d = dimension_of_axis_[axis];
    out[axis] = static_cast<std::uint32_t>(point / strides_[d] % sizes_[d]);
  }
}

bool Shard::holds(PointId point) const {
  const PointId row = point / count;
  return (point + mixed(row)) % count == index - 1;
}

std::optional<Shard> shard_from(std::string_view text) {
  constexpr unsigned kMostShards = 100'000;
  Shard out{0, 0};
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, out.index);
  if (index.ec != std::errc{} || index.ptr == end || *index.ptr != '/') return std::nullopt;
  const auto count = std::from_chars(index.ptr + 1, end, out.count);
  const bool is_whole = count.ec == std::errc{} && count.ptr == end;
  if (!is_whole || out.index < 1 || out.index > out.count || out.count > kMostShards)
    return std::nullopt;
  return out;
}

}  // namespace fleetcast::sweep
