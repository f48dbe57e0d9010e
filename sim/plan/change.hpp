#pragma once

// What one system has that another has not, in parts that can be exchanged one by one.

#include <cstdint>
#include <span>
#include <string_view>

#include "models/cost/system.hpp"
#include "models/workload/precision.hpp"

namespace fleetcast {

/// A system, and the recipe that trains on it.
struct Setup {
  System system;
  const Precision* precision = nullptr;
};

/// What of a step another price has where a part of a setup changes.
enum class Reprices { kNothing, kExchanges, kLaunches, kKernels };

/// One part of a setup. All parts together are all that a run's time hangs on (not power or price),
/// and none of them touches another's fields.
struct Change {
  std::string_view key, title;
  std::string_view meaning;
  void (*take)(Setup& into, const Setup& from);
  Reprices reprices = Reprices::kKernels;
  /// Whether the part of `a` is as good as that of `b` to every plan: none fits `b` alone, and none
  /// ends sooner on it. Null: nobody knows.
  bool (*as_good)(const Setup& a, const Setup& b) = nullptr;
};
std::span<const Change> changes();

/// Bit i: changes()[i] has been made.
using ChangeSet = std::uint32_t;

/// `from` with the parts in `made` of `to`. Where its chip does not run `to`'s recipe, it trains by
/// that of `from`. Network tiers that do not nest in the mixture are cut to whole inner domains.
/// Requires: `from` runs its own recipe; each has a scale-up tier.
Setup combine(const Setup& from, const Setup& to, ChangeSet made);

}  // namespace fleetcast
