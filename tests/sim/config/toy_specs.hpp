#pragma once

// A spec with one member of every kind that a field list may name.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast::toy {

struct Policy {
  std::string_view key;
};
inline constexpr Policy kGpipe{"gpipe"};
inline constexpr Policy kInterleaved{"interleaved"};
inline constexpr std::array<const Policy*, 2> kPolicies{&kGpipe, &kInterleaved};

struct Link {
  std::string name;
  BytesPerSecond bandwidth{};
};

struct Limits {
  double low = 0;  ///< outside its own bounds: unset
};

struct Chip {
  std::string name;
  BytesPerSecond bandwidth{};
  Watts tdp{};
  double pue = 1.5;
  double sms = 1;
  int cores = 4;
  bool sold = false;
  std::optional<Seconds> age;
  std::optional<Limits> extra;
  Limits limits;
  std::vector<double> ratios;
  std::vector<Link> links;
  const Policy* schedule = &kGpipe;
};

}  // namespace fleetcast::toy

namespace fleetcast::fields {
template <>
struct Table<toy::Policy> {
  static std::span<const toy::Policy* const> rows() { return toy::kPolicies; }
};
template <>
struct List<toy::Link> {
  static constexpr auto value = std::tuple{
      required("name", &toy::Link::name, "of the link"),
      required("bandwidth", &toy::Link::bandwidth, "one direction", kPositive),
  };
};
template <>
struct List<toy::Limits> {
  static constexpr auto value = std::tuple{
      required("low", &toy::Limits::low, "lowest", between(1, 9)),
  };
};
template <>
struct List<toy::Chip> {
  static constexpr auto value = std::tuple{
      required("name", &toy::Chip::name, "as users call it"),
      required("hbm_bandwidth", &toy::Chip::bandwidth, "peak, before any efficiency", kPositive),
      optional("tdp", &toy::Chip::tdp, "power limit", kNonNegative),
      optional("pue", &toy::Chip::pue, "facility power over IT power", between(1, 3)),
      optional("sms", &toy::Chip::sms, "multiprocessors", kPositive),
      optional("cores", &toy::Chip::cores, "of the host", between(1, 1024)),
      optional("sold", &toy::Chip::sold, "on the market"),
      optional("age", &toy::Chip::age, "since launch", kNonNegative),
      optional("extra", &toy::Chip::extra, "limits that may be absent"),
      optional("limits", &toy::Chip::limits, "limits"),
      optional("ratios", &toy::Chip::ratios, "shares", kRatio),
      optional("links", &toy::Chip::links, "from the inside out"),
      optional("schedule", &toy::Chip::schedule, "pipeline schedule"),
  };
};
}  // namespace fleetcast::fields
