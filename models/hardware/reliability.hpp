#pragma once

// What interrupts a training job, how often, and how it goes on.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

/// A cause of interruptions, counted by itself.
struct Component {
  std::string name;       ///< gpu, hbm, network, host, software, ...
  PerSecond rate{};       ///< job interruptions per GPU; with a shape, mean of the first year
  double replaced = 0.0;  ///< share of them that take hardware out of service
  Seconds repair{};       ///< until that hardware is back
  double gpus = 0;        ///< that go out of service together: a rack, a switch; 0: a node
  double shape = 1.0;     ///< of a Weibull hazard: below 1, young fleets fail more often
};

inline constexpr std::size_t kMostComponents = 32;

struct ReliabilitySpec {
  /// Per GPU; unset: the sum of the components. Where both are given, this is the sum.
  std::optional<PerSecond> interruptions;
  std::vector<Component> components;
  Seconds restart{};    ///< detection, re-scheduling, reload, warm-up
  Seconds detection{};  ///< part of restart: until the failure is noticed
  double speed_spread =
      0.02;              ///< standard deviation of GPU speed under the power limit; the default is
                         ///< an assumption after Sinha et al. (SC22): 8 % between extremes
  Seconds checkpoint{};  ///< time training stands still for one checkpoint
  Seconds upload{};      ///< afterwards, beside training, until the checkpoint counts
  Seconds maintenance_every{};  ///< of the job, planned; 0: none
  Seconds maintenance{};        ///< beside the restart
};

constexpr PerSecond sum_of(const std::vector<Component>& components) {
  PerSecond sum{};
  for (const Component& component : components) sum += component.rate;
  return sum;
}

/// Unexpected interruptions of a job per GPU.
constexpr PerSecond interruption_rate(const ReliabilitySpec& spec) {
  return spec.interruptions ? *spec.interruptions : sum_of(spec.components);
}

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<Component> {
  static constexpr auto value = std::tuple{
      required("name", &Component::name, "gpu, hbm, network, host, software, ..."),
      required("rate", &Component::rate,
               "job interruptions per GPU; with a shape, mean of the first year", kNonNegative),
      optional("replaced", &Component::replaced, "share of them that take hardware out of service",
               kRatio),
      optional("repair", &Component::repair, "until that hardware is back", between(0, 1e9)),
      optional("gpus", &Component::gpus,
               "that go out of service together (rack, switch); 0 = a node", between(0, 1e8)),
      optional("shape", &Component::shape,
               "of a Weibull hazard; below 1, young fleets fail more often", between(0.1, 10)),
  };
};
template <>
struct List<ReliabilitySpec> {
  static constexpr auto value = std::tuple{
      optional("interruptions", &ReliabilitySpec::interruptions,
               "unexpected job interruptions per GPU; unset: the sum of components, which are "
               "scaled to it where both are given",
               kNonNegative),
      required("restart", &ReliabilitySpec::restart, "detection, re-scheduling, reload, warm-up",
               between(0, 1e9)),
      optional("detection", &ReliabilitySpec::detection,
               "part of restart: until the failure is noticed", between(0, 1e9)),
      required("checkpoint", &ReliabilitySpec::checkpoint,
               "time training stands still for one checkpoint", between(0, 1e9)),
      optional("upload", &ReliabilitySpec::upload,
               "afterwards, beside training, until the checkpoint counts", between(0, 1e9)),
      optional("maintenance_every", &ReliabilitySpec::maintenance_every,
               "planned interruptions of a job; 0 = none", between(0, 1e9)),
      optional("maintenance", &ReliabilitySpec::maintenance,
               "length of a planned interruption, beside the restart", between(0, 1e9)),
      optional("components", &ReliabilitySpec::components, "interruptions by cause"),
      optional("speed_spread", &ReliabilitySpec::speed_spread,
               "standard deviation of GPU speed under the power limit", between(0.0, 0.5)),
  };
};
}  // namespace fleetcast::fields
