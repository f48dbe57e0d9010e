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

/// The table of a quantity type; null where it has no text form.
template <class Q>
inline constexpr const UnitTable* kUnitsOf = nullptr;
template <>
inline constexpr const UnitTable* kUnitsOf<Seconds> = &units::kTime;
template <>
inline constexpr const UnitTable* kUnitsOf<Bytes> = &units::kData;
template <>
inline constexpr const UnitTable* kUnitsOf<Flops> = &units::kWork;
template <>
inline constexpr const UnitTable* kUnitsOf<Joules> = &units::kEnergy;
template <>
inline constexpr const UnitTable* kUnitsOf<Dollars> = &units::kMoney;
template <>
inline constexpr const UnitTable* kUnitsOf<Grams> = &units::kMass;
template <>
inline constexpr const UnitTable* kUnitsOf<PerSecond> = &units::kRate;
template <>
inline constexpr const UnitTable* kUnitsOf<BytesPerSecond> = &units::kBandwidth;
template <>
inline constexpr const UnitTable* kUnitsOf<FlopsPerSecond> = &units::kComputeRate;
template <>
inline constexpr const UnitTable* kUnitsOf<Watts> = &units::kPower;
template <>
inline constexpr const UnitTable* kUnitsOf<DollarsPerSecond> = &units::kSpending;
template <>
inline constexpr const UnitTable* kUnitsOf<DollarsPerJoule> = &units::kEnergyPrice;
template <>
inline constexpr const UnitTable* kUnitsOf<GramsPerJoule> = &units::kCarbonIntensity;

}  // namespace fleetcast
