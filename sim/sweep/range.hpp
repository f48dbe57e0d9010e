#pragma once

// Numbers at equal distance or of equal ratio.

#include <vector>

namespace fleetcast::sweep {

inline constexpr std::size_t kMostValues = 10'000;  ///< of one axis

/// from, from + step, ... as far as `to`, which rounding cannot keep out. One value more than
/// kMostValues says that there are too many. Requires: a step that leads from `from` to `to`.
std::vector<double> by_step(double from, double to, double step);
/// Likewise with a ratio. Requires: from, to of one sign; a ratio that leads from one to the other.
std::vector<double> by_ratio(double from, double to, double ratio);
/// Both ends exactly, the rest between. Requires: points >= 2; of one sign for ratios.
std::vector<double> spaced(double from, double to, int points);
std::vector<double> log_spaced(double from, double to, int points);

}  // namespace fleetcast::sweep
