#include "sim/sweep/range.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::sweep {
namespace {

/// So many steps are taken at most; the last may miss its end by a rounding error.
std::size_t count(double steps) {
  constexpr double kSlack = 1e-9;
  return static_cast<std::size_t>(std::min(std::floor(steps + kSlack), double(kMostValues))) + 1;
}

}  // namespace

std::vector<double> by_step(double from, double to, double step) {
  std::vector<double> out(count((to - from) / step));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = from + double(i) * step;
  return out;
}

std::vector<double> by_ratio(double from, double to, double ratio) {
  std::vector<double> out(count(std::log(to / from) / std::log(ratio)));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = from * std::pow(ratio, double(i));
  return out;
}

std::vector<double> spaced(double from, double to, int points) {
  std::vector<double> out;
  for (int i = 0; i + 1 < points; ++i) out.push_back(from + (to - from) * i / (points - 1));
  out.push_back(to);
  return out;
}

std::vector<double> log_spaced(double from, double to, int points) {
  std::vector<double> out;
  for (int i = 0; i + 1 < points; ++i)
    out.push_back(from * std::pow(to / from, double(i) / (points - 1)));
  out.push_back(to);
  return out;
}

}  // namespace fleetcast::sweep
