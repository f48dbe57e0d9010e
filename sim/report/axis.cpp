#include "sim/report/axis.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::report {
namespace {

constexpr double kLong = 1.2;
constexpr double kRounding = 1e-9;

}  // namespace

double Axis::at(double value) const {
  const double share =
      is_log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return from + std::clamp(share, 0.0, 1.0) * (to - from);
}

std::vector<double> Axis::ticks() const {
  std::vector<double> out;
  if (!is_log) {
    const double step = high - low > kLong ? 0.2 : 0.1;
    for (double n = std::ceil(low / step - kRounding); n <= high / step + kRounding; ++n)
      out.push_back(n * step);
    return out;
  }
  for (double n = std::floor(std::log10(low)); n <= std::log10(high); ++n)
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double value = digit * std::pow(10.0, n);
      if (value >= low * (1 - kRounding) && value <= high * (1 + kRounding)) out.push_back(value);
    }
  return out;
}

}  // namespace fleetcast::report
