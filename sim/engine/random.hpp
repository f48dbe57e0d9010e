#pragma once

// Random numbers of all scales, the same on every platform: no library's distribution, and no
// logarithm, whose last bit libraries differ in.

#include <cstdint>

namespace fleetcast {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Streams of different keys have nothing in common
/// that a simulation could notice.
class RandomStream {
 public:
  explicit constexpr RandomStream(std::uint64_t key) : state_(mix(key)) {}

  /// Of all pairs of numbers, another key.
  static constexpr std::uint64_t key_of(std::uint64_t a, std::uint64_t b) {
    return mix(mix(a) + kGolden * (b + 1));
  }

  constexpr std::uint64_t bits() { return mix(state_ += kGolden); }

  /// In [0, 1), a multiple of 2^-53.
  constexpr double uniform() { return double(bits() >> 11) * 0x1p-53; }

  /// Near a standard normal value: the sum of four even ones, of excess kurtosis -0.3 and at most
  /// 3.46. Enough where only means and spreads are known, and few instructions.
  constexpr double nearly_normal() {
    const std::uint64_t b = bits();
    const std::uint64_t sum = (b & 0xffff) + (b >> 16 & 0xffff) + (b >> 32 & 0xffff) + (b >> 48);
    constexpr double kMean = 2.0 * 65535.0, kDeviation = 37837.0;  // sqrt(4 (2^32 - 1) / 12)
    return (static_cast<double>(sum) - kMean) / kDeviation;
  }

  /// Of mean 1, by comparing uniform numbers (von Neumann 1951, "Various techniques used in
  /// connection with random digits"): the first of a falling run of odd length is e^-x distributed
  /// within [0, 1), and each run of even length moves it on by 1.
  constexpr double exponential() {
    for (double whole = 0.0;; whole += 1.0) {
      const double first = uniform();
      bool is_odd = true;
      for (double last = first, u = uniform(); u < last; u = uniform()) {
        last = u;
        is_odd = !is_odd;
      }
      if (is_odd) return whole + first;
    }
  }

 private:
  static constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace fleetcast
