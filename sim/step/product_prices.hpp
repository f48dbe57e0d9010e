#pragma once

// What matrix products take, by their shape: layers split in other ways have most of them in
// common.

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "models/cost/kernel.hpp"

namespace fleetcast {

/// One product, as it is launched.
struct Product {
  GemmShape shape;
  Bytes epilogue{};
  Dtype format{};
  Scaling scaling{};
  bool grouped = false;  ///< one kernel for all groups
};

/// The caller's; one a thread. Keeps the prices of one chip, a later product in the place of an
/// earlier one with the same hash: as many as stay near the core, few for a single plan.
class ProductPrices {
 public:
  /// The price it was given before, or price(). Requires: price() is the same for the same product
  /// until clear().
  template <class Price>
  Seconds find_or_price(const Product& product, Price&& price) {
    const Key key = key_of(product);
    const std::size_t hash = hash_of(key);
    if (known_.empty()) known_.resize(kFewest);
    const Known& known = known_[hash % known_.size()];
    if (known.age == age_ && known.key == key) return known.price;
    if (++missed_ > known_.size() && known_.size() < kMost) grow();
    return (known_[hash % known_.size()] = {key, age_, price()}).price;
  }
  void clear() { ++age_; }

 private:
  static constexpr std::size_t kFewest = 64, kMost = 4096;  ///< places
  using Key = std::array<std::uint64_t, 6>;
  struct Known {
    Key key{};
    std::uint64_t age = 0;  ///< how often the table had been cleared; from 1
    Seconds price{};
  };

  void grow() {
    known_.assign(4 * known_.size(), {});
    missed_ = 0;
  }
  static Key key_of(const Product& p) {
    const auto bits = [](double x) { return std::bit_cast<std::uint64_t>(x); };
    return {bits(p.shape.m),
            bits(p.shape.n),
            bits(p.shape.k),
            bits(p.shape.groups),
            bits(p.epilogue.base()),
            static_cast<std::uint64_t>(p.format) * 4 + static_cast<std::uint64_t>(p.scaling) * 2 +
                (p.grouped ? 1U : 0U)};
  }
  static std::size_t hash_of(const Key& key) {
    std::uint64_t h = 1469598103934665603ULL;  // FNV-1a's
    for (const std::uint64_t part : key) {
      h = (h ^ part) * 0x9e3779b97f4a7c15ULL;  // 2^64 over the golden ratio
      h ^= h >> 32U;
    }
    return h;
  }

  std::vector<Known> known_;
  std::size_t missed_ = 0;  ///< since it grew
  std::uint64_t age_ = 1;
};

}  // namespace fleetcast
