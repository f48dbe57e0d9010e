#pragma once

// Quantities and numbers from and to text: "3.35 TB/s", "80 GB", "40 %", "13T".
// A unit is never guessed: GB is not GiB, Gb is not GB, and a bare number is no quantity.
// A number is written as in JSON, so "010", "0x10", "nan" and ".5" are refused in every locale.

#include <string>
#include <string_view>
#include <utility>

#include "models/base/quantity.hpp"
#include "models/base/units.hpp"

namespace fleetcast {

/// A value, or why there is none: `error` is a whole sentence part that quotes the text.
template <class T>
struct Parsed {
  T value{};
  std::string error;

  [[nodiscard]] bool ok() const { return error.empty(); }
};

/// What text in a unit of `table` says, in base units. Magnitudes outside 1e-36 to 1e36 are
/// refused, so that products of a few quantities stay finite.
Parsed<double> parse_in(const UnitTable& table, std::string_view text);

/// A ratio or count: "12", "1e-3", "40 %" (0.4), "60M", "13T" (k, M, B, T are 1e3 to 1e12).
Parsed<double> parse_number(std::string_view text);

/// For people: three or four digits in the unit a person would choose.
std::string text_in(const UnitTable& table, double base);

/// For files: parse_in() of it gives exactly `base`.
std::string exact_text_in(const UnitTable& table, double base);

/// The shortest text that parse_number() reads as exactly `number`.
std::string exact_number_text(double number);

/// Memory as a job sees it: "79.7 GiB".
std::string to_gib_text(Bytes bytes);

/// parse_in() for a type: `parse_quantity<Watts>("700 W")`.
template <class Q>
Parsed<Q> parse_quantity(std::string_view text) {
  Parsed<double> parsed = parse_in(units_of(Q{}), text);
  return {Q{parsed.value}, std::move(parsed.error)};
}

template <class D>
std::string to_text(Quantity<D> quantity) {
  return text_in(units_of(quantity), quantity.base());
}

template <class D>
std::string to_exact_text(Quantity<D> quantity) {
  return exact_text_in(units_of(quantity), quantity.base());
}

}  // namespace fleetcast
