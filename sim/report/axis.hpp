#pragma once

// An axis of a chart: from numbers to pixels, and where its ticks are.

#include <vector>

namespace fleetcast::report {

struct Axis {
  double low = 0, high = 1;  ///< numbers; above 0 where `is_log`
  double from = 0, to = 1;   ///< pixels of low and of high
  bool is_log = false;

  /// The pixel of a number; what lies beyond the axis is drawn at its end.
  [[nodiscard]] double at(double value) const;

  /// 1, 2 and 5 of each decade; on a linear axis each tenth, or each fifth of a long one.
  [[nodiscard]] std::vector<double> ticks() const;
};

}  // namespace fleetcast::report
