#pragma once

// One list per spec names each field once: key, member, meaning, bounds, required or not.
// The strict reader, unknown-key refusal, `--set`, the echo of a resolved scenario and the page in
// configs/README.md all come from it.

#include <limits>
#include <string_view>
#include <tuple>

namespace fleetcast::fields {

/// Accepted values in base units (seconds, bytes, ...); NaN and infinities are always refused.
struct Bounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_is_open = false;
};

inline constexpr Bounds kAny{};
inline constexpr Bounds kPositive{0.0, std::numeric_limits<double>::infinity(), true};
inline constexpr Bounds kNonNegative{0.0, std::numeric_limits<double>::infinity(), false};
inline constexpr Bounds kRatio{0.0, 1.0, false};
constexpr Bounds between(double low, double high) { return {low, high, false}; }

template <class Spec, class Member>
struct Field {
  std::string_view key;
  Member Spec::*member;
  std::string_view meaning;
  Bounds bounds;
  bool required;
};

/// A key the file must have.
template <class Spec, class Member>
constexpr Field<Spec, Member> required(std::string_view key, Member Spec::*member,
                                       std::string_view meaning, Bounds bounds = kAny) {
  return {key, member, meaning, bounds, true};
}

/// A key that may be left out; the member's own initialiser is the default.
template <class Spec, class Member>
constexpr Field<Spec, Member> optional(std::string_view key, Member Spec::*member,
                                       std::string_view meaning, Bounds bounds = kAny) {
  return {key, member, meaning, bounds, false};
}

/// Specialise for each spec: `static constexpr auto value = std::tuple{required(...), ...};`
template <class Spec>
struct List;

template <class T>
concept HasList = requires {
  List<T>::value;
};

/// Calls `visit(field)` for each field of Spec, in declaration order.
template <class Spec, class Visit>
constexpr void for_each(Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, List<Spec>::value);
}

/// For members that point to a table row (a policy): how the text in a file becomes a row.
/// Specialise with `static std::span<const Row* const> rows();` where Row has `std::string_view
/// key`.
template <class Row>
struct Table;

template <class T>
concept HasTable = requires {
  Table<T>::rows();
};

}  // namespace fleetcast::fields
