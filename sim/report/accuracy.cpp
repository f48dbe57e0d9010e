#include "sim/report/accuracy.hpp"

#include <fmt/format.h>

#include <cmath>

namespace fleetcast::report {
namespace {

std::string percent_if(bool is_there, double ratio) {
  return is_there ? fmt::format("{:.2f} %", 100.0 * ratio) : "";
}

std::string verdict(const AccuracyChange& c) {
  if (c.is_gone()) return "GONE";
  if (c.is_worse()) return "WORSE";
  if (c.rows_then == 0) return "new";
  return c.mape_now < c.mape_then - kAccuracyTolerance ? "better" : "";
}

std::string change_text(const AccuracyChange& c) {
  if (c.rows_then == 0 || c.rows_now == 0) return "";
  // Added to a zero, a rounded -0 is 0.
  return fmt::format("{:+.2f}", std::round(1e4 * (c.mape_now - c.mape_then)) / 100.0 + 0.0);
}

}  // namespace

Listing accuracy_listing(std::span<const AccuracyChange> changes) {
  Listing out{"accuracy",
              {"group", "rows_then", "rows_now", "mape_then", "mape_now", "points", "verdict"},
              {},
              {}};
  for (const AccuracyChange& c : changes)
    out.rows.push_back({c.group, double(c.rows_then), double(c.rows_now),
                        percent_if(c.rows_then > 0, c.mape_then),
                        percent_if(c.rows_now > 0, c.mape_now), change_text(c), verdict(c)});
  return out;
}

std::string regression_text(std::span<const AccuracyChange> changes) {
  std::string groups;
  for (const AccuracyChange& c : changes)
    if (c.is_worse() || c.is_gone()) groups += (groups.empty() ? "" : ", ") + c.group;
  if (groups.empty()) return {};
  return fmt::format("worse by more than {:g} points, or gone: {}", 100.0 * kAccuracyTolerance,
                     groups);
}

}  // namespace fleetcast::report
