#pragma once

// How far measurements lie from predictions, for the error bars of a forecast: measured over
// predicted step time, 10th and 90th percentile of all published rows that `fleetcast validate`
// prices. A test holds these numbers to what validation finds.

namespace fleetcast {

struct ErrorInterval {
  double p10 = 1.0, p90 = 1.0;
};
inline constexpr ErrorInterval kStepTimeInterval{0.96, 1.18};

}  // namespace fleetcast
