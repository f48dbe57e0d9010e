#pragma once

// One value of a table of results, and what a column of it is.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace fleetcast::sweep {

/// Null, whole number, number in SI units, text. Truth is 0 or 1 in a column of that type.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

enum class CellType : unsigned char { kInteger, kReal, kText, kBoolean };

/// As the schema calls it: "INTEGER", "REAL", "TEXT", "BOOLEAN".
std::string_view name_of(CellType type);
/// Requires: a name that name_of() gives.
CellType type_named(std::string_view name);

/// What a column is; the store keeps it beside the rows.
struct Column {
  std::string key;  ///< with its unit at the end
  CellType type = CellType::kReal;
  std::string unit;  ///< "s", "GiB"; empty: a count, ratio or word
  std::string meaning;

  friend bool operator==(const Column&, const Column&) = default;
};

}  // namespace fleetcast::sweep
