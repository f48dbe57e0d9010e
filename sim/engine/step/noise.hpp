#pragma once

// What makes equal ranks unequal: drawn from a seed, by rank and count, so that a draw does not
// depend on who asks first.

#include <cstdint>
#include <vector>

#include "models/base/quantity.hpp"
#include "sim/engine/random.hpp"

namespace fleetcast::step {

struct Noise {
  std::uint64_t seed = 1;
  double kernel_jitter = 0;  ///< standard deviation of a kernel's time, over its mean
  double speed_spread = 0;   ///< standard deviation of a GPU's speed
  double expert_skew = 0;  ///< standard deviation of a rank's tokens in one layer, over their mean
  int slow_nodes = 0;      ///< drawn among all
  double slow_by = 1.0;    ///< their kernels take so many times as long
  int node_gpus = 8;
  PerSecond link_flaps{};  ///< of one rank's link out of its domain
  Seconds flap_time{};

  [[nodiscard]] bool of_ranks() const {
    return kernel_jitter > 0 || speed_spread > 0 || expert_skew > 0 || slows();
  }
  [[nodiscard]] bool unequal() const { return of_ranks() || link_flaps > PerSecond{}; }
  [[nodiscard]] bool slows() const { return slow_nodes > 0 && slow_by != 1.0; }
};

/// `count` different ones of `nodes`, in order.
std::vector<std::uint64_t> drawn_nodes(std::uint64_t seed, int count, std::uint64_t nodes);

}  // namespace fleetcast::step
