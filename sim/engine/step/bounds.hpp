#pragma once

// What no simulated step can be shorter than, whatever overlaps: printed beside it.

#include <array>

#include "sim/engine/step/links.hpp"
#include "sim/engine/step/script.hpp"

namespace fleetcast::step {

struct Bounds {
  Seconds compute{};                       ///< kernels of the busiest stage
  std::array<Seconds, kMaxTiers> links{};  ///< bytes of the busiest stage over each tier's link
  Seconds path{};  ///< one micro-batch's kernels through all stages and back, and its transfers
  /// Mean over ranks of how long the tier's link is busy.
  std::array<Seconds, kMaxTiers> mean_links{};

  [[nodiscard]] Seconds longest() const;
};

/// `line_rate`: of each tier's link, over the bandwidth that exchanges are priced with.
Bounds bounds_of(const Step& step, const StepTraffic& traffic, const Scripts& scripts,
                 std::span<const double> line_rate);

}  // namespace fleetcast::step
