#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace fleetcast {

/// Linear between the two nearest ranks; 1 of nothing.
inline double percentile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return 1.0;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

}  // namespace fleetcast
