#pragma once

// How far a figure of a result may move before it counts.

#include <optional>
#include <string>
#include <string_view>

namespace fleetcast::report {

struct Tolerance {
  std::string pattern;  ///< of paths (direction.hpp); empty: of all
  double amount = 0;
  bool is_relative = false;
};

/// Of "1%", "KEY=0.5%" or, absolute, "KEY=0.02". None for anything else or below zero.
std::optional<Tolerance> read_tolerance(std::string_view text);

/// Whether `after` is further from `before` than allowed. From zero any move is, relatively.
bool exceeds(double before, double after, const Tolerance& tolerance);

}  // namespace fleetcast::report
