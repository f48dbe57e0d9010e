#pragma once

// Which way a figure of a result gets worse.

#include <string_view>

namespace fleetcast::report {

enum class Worse {
  kMore,    ///< times, money, energy, memory, error
  kLess,    ///< throughput, utilisation, goodput
  kNever,   ///< how long we took to compute it
  kChange,  ///< any move: settings, signed errors, keys nobody listed
};

/// A dotted path is of a pattern when their parts are, one by one; `*` in a part is any run of
/// characters other than a dot.
bool matches(std::string_view path, std::string_view pattern);

/// Whether the last parts of a path, or all of them, are of a pattern.
bool ends_in(std::string_view path, std::string_view pattern);

/// By the first row of the table in direction.cpp that the end of `path` is of.
Worse worse_of(std::string_view path);

}  // namespace fleetcast::report
