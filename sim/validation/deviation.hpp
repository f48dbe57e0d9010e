#pragma once

// Where predictions are known to be off, and why, as far as we know.

#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

/// Rows whose error has one cause.
struct KnownGap {
  std::string title;
  std::vector<std::string> rows;  ///< parts of their ids
  std::string cause;
};

/// Of configs/known_gaps.yaml. Throws: config::ConfigError.
std::vector<KnownGap> load_known_gaps();

/// The rows a gap names, worst first.
std::vector<const ValidatedRow*> rows_of_gap(const KnownGap& gap, const Validation& validation);

/// Rows off by more than this are listed one by one.
inline constexpr double kNotable = 0.15;

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<KnownGap> {
  static constexpr auto value = std::tuple{
      required("title", &KnownGap::title, "what is wrong, in a few words"),
      required("rows", &KnownGap::rows, "parts of the ids of the rows concerned"),
      required("cause", &KnownGap::cause, "why, as far as known"),
  };
};
}  // namespace fleetcast::fields
