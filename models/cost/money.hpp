#pragma once

// Prices are ranges; forecasts take their middle and keep both ends.

#include "models/base/quantity.hpp"
#include "models/hardware/cluster.hpp"

namespace fleetcast {

constexpr DollarsPerSecond rental_middle(const PriceSpec& price) {
  return 0.5 * (price.rental_low + price.rental_high);
}

constexpr Dollars purchase_middle(const PriceSpec& price) {
  return 0.5 * (price.purchase_low + price.purchase_high);
}

/// The part of a purchase that `use` wears off, straight-line. A fleet without a lifetime is bought
/// for this use alone.
constexpr Dollars written_off(Dollars purchase, Seconds use, Seconds lifetime) {
  return lifetime > Seconds{} ? purchase * (use / lifetime) : purchase;
}

}  // namespace fleetcast
