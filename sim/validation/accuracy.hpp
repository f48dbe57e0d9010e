#pragma once

// How accurate the program was when somebody last accepted it, and whether it still is.

#include <span>
#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

/// One group of rows, as results/accuracy.yaml keeps it.
struct GroupAccuracy {
  std::string group;
  long long rows = 0;
  double mape = 0, bias = 0, within_10pct = 0;
};

/// All rows, each kind, and each system of five rows or more.
std::vector<GroupAccuracy> accuracy_of(const Validation& validation);

/// As results/accuracy.yaml holds them.
std::string to_yaml(std::span<const GroupAccuracy> groups);

/// Throws: config::ConfigError.
std::vector<GroupAccuracy> load_accuracy(const std::string& path);

/// A group then and now. Only one that is in both can be worse.
struct AccuracyChange {
  std::string group;
  long long rows_then = 0, rows_now = 0;  ///< 0: not there
  double mape_then = 0, mape_now = 0;

  [[nodiscard]] bool is_worse() const;
  [[nodiscard]] bool is_gone() const { return rows_now == 0; }
};

/// A mean absolute error may grow by this much before it counts.
inline constexpr double kAccuracyTolerance = 0.005;

/// In the order of `now`, those that are gone last.
std::vector<AccuracyChange> compare(std::span<const GroupAccuracy> then,
                                    std::span<const GroupAccuracy> now);

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<GroupAccuracy> {
  static constexpr auto value = std::tuple{
      required("group", &GroupAccuracy::group, "all rows, a kind or a system"),
      required("rows", &GroupAccuracy::rows, "how many", kPositive),
      required("mape", &GroupAccuracy::mape, "mean absolute relative error", kNonNegative),
      required("bias", &GroupAccuracy::bias, "mean signed relative error"),
      required("within_10pct", &GroupAccuracy::within_10pct, "share of rows within 10 %", kRatio),
  };
};
}  // namespace fleetcast::fields
