#pragma once

// What makes equal ranks unequal: drawn from a seed, by rank and count, so that a draw does not
// depend on who asks first.

#include <cstdint>
#include <vector>

#include "models/base/quantity.hpp"

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

/// A bijection of 64 bits that leaves no pattern (Steele, Lea and Flood 2014, SplitMix64).
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// Near a standard normal value: the sum of four even ones, of excess kurtosis -0.3 and at most
/// 3.46. Enough where only means and spreads are known, and few instructions.
constexpr double nearly_normal(std::uint64_t bits) {
  const std::uint64_t sum =
      (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
  constexpr double kMean = 2.0 * 65535.0, kDeviation = 37837.0;  // sqrt(4 (2^32 - 1) / 12)
  return (static_cast<double>(sum) - kMean) / kDeviation;
}

/// One stream of draws.
class Draws {
 public:
  Draws() = default;
  Draws(std::uint64_t seed, std::uint64_t stream) : state_(mixed(seed) ^ mixed(stream * 2 + 1)) {}
  std::uint64_t bits() { return mixed(state_++); }
  double normal() { return nearly_normal(bits()); }
  /// In (0, 1].
  double even() { return (static_cast<double>(bits() >> 11) + 1.0) * 0x1.0p-53; }

 private:
  std::uint64_t state_ = 0;
};

/// `count` different ones of `nodes`, in order.
std::vector<std::uint64_t> drawn_nodes(std::uint64_t seed, int count, std::uint64_t nodes);

}  // namespace fleetcast::step
