#pragma once

// Where predictions are known to be off, and why, as far as we know.

#include <span>
#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

/// Rows whose error has one cause; or what simulations get wrong, which no row of a step shows.
struct KnownGap {
  std::string title;
  std::vector<std::string> rows;  ///< parts of their ids; none about simulations
  std::string cause;
  std::string about = "time";  ///< what is off: "time", "memory" or "simulation"
};

/// Of configs/known_gaps.yaml. Throws: config::ConfigError.
std::vector<KnownGap> load_known_gaps();

/// The rows a gap names, worst first.
std::vector<const ValidatedRow*> rows_of_gap(const KnownGap& gap, const Validation& validation);

/// The first about time that names the row, or null.
const KnownGap* gap_of(const ValidatedRow& row, std::span<const KnownGap> gaps);

/// Rows off by more than this are listed one by one.
inline constexpr double kNotable = 0.20;

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<KnownGap> {
  static constexpr auto value = std::tuple{
      required("title", &KnownGap::title, "what is wrong, in a few words"),
      optional("rows", &KnownGap::rows, "parts of the ids of the rows concerned"),
      required("cause", &KnownGap::cause, "why, as far as known"),
      optional("about", &KnownGap::about, "what is off: time, memory or simulation"),
  };
};
}  // namespace fleetcast::fields
