#pragma once

// The units a quantity may be written in: one table a dimension.

#include <span>
#include <string_view>

#include "models/base/quantity.hpp"

namespace fleetcast {

/// Where a unit is used: kRead accepts it, kWrite may also write it back exactly, kShow also
/// shows it to people.
enum class UnitUse : unsigned char { kRead, kWrite, kShow };

/// One unit is 10^exponent * times / over base units. The power of ten is apart so that
/// "3.35 TB/s" is the double nearest to 3.35e12, not a rounded product.
struct Unit {
  std::string_view symbol;
  int exponent = 0;
  double times = 1.0;
  double over = 1.0;
  UnitUse use = UnitUse::kShow;
  double shown_from = 1.0;  ///< people prefer "90 s" to "1.5 min"

  [[nodiscard]] double factor() const;
};

/// Units in ascending order among those shown.
struct UnitTable {
  std::string_view name;     ///< "bandwidth"
  std::string_view article;  ///< "a"
  std::string_view example;  ///< "3.35 TB/s"
  std::string_view base;     ///< symbol with factor 1
  std::span<const Unit> units;

  [[nodiscard]] const Unit* find(std::string_view symbol) const;
};

namespace units {
extern const UnitTable kTime, kData, kWork, kEnergy, kMoney, kMass, kRate, kBandwidth, kComputeRate,
    kPower, kSpending, kEnergyPrice, kCarbonIntensity;
std::span<const UnitTable* const> all();
}  // namespace units

/// The table of a quantity type; a dimension without one has no text form.
inline const UnitTable& units_of(Seconds) { return units::kTime; }
inline const UnitTable& units_of(Bytes) { return units::kData; }
inline const UnitTable& units_of(Flops) { return units::kWork; }
inline const UnitTable& units_of(Joules) { return units::kEnergy; }
inline const UnitTable& units_of(Dollars) { return units::kMoney; }
inline const UnitTable& units_of(Grams) { return units::kMass; }
inline const UnitTable& units_of(PerSecond) { return units::kRate; }
inline const UnitTable& units_of(BytesPerSecond) { return units::kBandwidth; }
inline const UnitTable& units_of(FlopsPerSecond) { return units::kComputeRate; }
inline const UnitTable& units_of(Watts) { return units::kPower; }
inline const UnitTable& units_of(DollarsPerSecond) { return units::kSpending; }
inline const UnitTable& units_of(DollarsPerJoule) { return units::kEnergyPrice; }
inline const UnitTable& units_of(GramsPerJoule) { return units::kCarbonIntensity; }

}  // namespace fleetcast
