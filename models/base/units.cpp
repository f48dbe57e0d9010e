#include "models/base/units.hpp"

#include <array>
#include <cmath>

namespace fleetcast {
namespace {

constexpr auto kRead = UnitUse::kRead;
constexpr auto kWrite = UnitUse::kWrite;
constexpr auto kShow = UnitUse::kShow;
constexpr double kKi = 1024.0;

constexpr double kMinuteSeconds = 60.0;
constexpr double kHourSeconds = 3600.0;
constexpr double kDaySeconds = 86400.0;
constexpr double kYearSeconds = 365.25 * kDaySeconds;  // the Julian year, as in SI's "a"

constexpr std::array kTimeUnits{
    Unit{"ns", -9},
    Unit{"us", -6},
    Unit{"ms", -3},
    Unit{"s"},
    Unit{"min", 0, kMinuteSeconds, 1, kShow, 2},
    Unit{"h", 0, kHourSeconds, 1, kShow, 2},
    Unit{"days", 0, kDaySeconds, 1, kShow, 2},
    Unit{"day", 0, kDaySeconds, 1, kRead},
    Unit{"weeks", 0, 7 * kDaySeconds, 1, kRead},
    Unit{"years", 0, kYearSeconds, 1, kRead},
};

constexpr std::array kDataUnits{
    Unit{"B"},
    Unit{"kB", 3},
    Unit{"MB", 6},
    Unit{"GB", 9},
    Unit{"TB", 12},
    Unit{"PB", 15},
    Unit{"EB", 18},
    Unit{"KiB", 0, kKi, 1, kWrite},
    Unit{"MiB", 0, kKi* kKi, 1, kWrite},
    Unit{"GiB", 0, kKi* kKi* kKi, 1, kWrite},
    Unit{"TiB", 0, kKi* kKi* kKi* kKi, 1, kWrite},
    Unit{"b", 0, 1, 8, kRead},
    Unit{"kb", 3, 1, 8, kRead},
    Unit{"Mb", 6, 1, 8, kRead},
    Unit{"Gb", 9, 1, 8, kRead},
    Unit{"Tb", 12, 1, 8, kRead},
};

constexpr std::array kBandwidthUnits{
    Unit{"B/s"},
    Unit{"kB/s", 3},
    Unit{"MB/s", 6},
    Unit{"GB/s", 9},
    Unit{"TB/s", 12},
    Unit{"PB/s", 15},
    Unit{"EB/s", 18},
    Unit{"KiB/s", 0, kKi, 1, kWrite},
    Unit{"MiB/s", 0, kKi* kKi, 1, kWrite},
    Unit{"GiB/s", 0, kKi* kKi* kKi, 1, kWrite},
    Unit{"TiB/s", 0, kKi* kKi* kKi* kKi, 1, kWrite},
    Unit{"b/s", 0, 1, 8, kRead},
    Unit{"kb/s", 3, 1, 8, kRead},
    Unit{"Mb/s", 6, 1, 8, kRead},
    Unit{"Gb/s", 9, 1, 8, kRead},
    Unit{"Tb/s", 12, 1, 8, kRead},
};

constexpr std::array kWorkUnits{
    Unit{"FLOP"},      Unit{"kFLOP", 3},  Unit{"MFLOP", 6},  Unit{"GFLOP", 9},  Unit{"TFLOP", 12},
    Unit{"PFLOP", 15}, Unit{"EFLOP", 18}, Unit{"ZFLOP", 21}, Unit{"YFLOP", 24},
};

constexpr std::array kComputeRateUnits{
    Unit{"FLOP/s"},      Unit{"kFLOP/s", 3},  Unit{"MFLOP/s", 6},  Unit{"GFLOP/s", 9},
    Unit{"TFLOP/s", 12}, Unit{"PFLOP/s", 15}, Unit{"EFLOP/s", 18}, Unit{"ZFLOP/s", 21},
};

constexpr std::array kEnergyUnits{
    Unit{"pJ", -12},
    Unit{"nJ", -9},
    Unit{"uJ", -6},
    Unit{"mJ", -3},
    Unit{"J"},
    Unit{"kJ", 3},
    Unit{"MJ", 6, 1, 1, kWrite},
    Unit{"GJ", 9, 1, 1, kWrite},
    Unit{"Wh", 0, kHourSeconds, 1, kWrite},
    Unit{"kWh", 3, kHourSeconds},
    Unit{"MWh", 6, kHourSeconds},
    Unit{"GWh", 9, kHourSeconds},
    Unit{"TWh", 12, kHourSeconds},
};

constexpr std::array kPowerUnits{
    Unit{"mW", -3}, Unit{"W"}, Unit{"kW", 3}, Unit{"MW", 6}, Unit{"GW", 9}, Unit{"TW", 12},
};

constexpr std::array kMoneyUnits{Unit{"USD"}, Unit{"kUSD", 3}, Unit{"MUSD", 6}, Unit{"BUSD", 9}};

constexpr std::array kMassUnits{Unit{"g"}, Unit{"kg", 3}, Unit{"t", 6}, Unit{"kt", 9},
                                Unit{"Mt", 12}};

constexpr std::array kRateUnits{
    Unit{"/year", 0, 1, kYearSeconds},
    Unit{"/day", 0, 1, kDaySeconds},
    Unit{"/h", 0, 1, kHourSeconds},
    Unit{"/min", 0, 1, kMinuteSeconds, kWrite},
    Unit{"/s"},
    Unit{"/ms", 3, 1, 1, kRead},
    Unit{"/us", 6, 1, 1, kRead},
    Unit{"Hz", 0, 1, 1, kRead},
    Unit{"kHz", 3, 1, 1, kRead},
    Unit{"MHz", 6},
    Unit{"GHz", 9},
};

constexpr std::array kSpendingUnits{
    Unit{"USD/year", 0, 1, kYearSeconds, kWrite},
    Unit{"USD/day", 0, 1, kDaySeconds, kWrite},
    Unit{"USD/h", 0, 1, kHourSeconds},
    Unit{"kUSD/h", 3, 1, kHourSeconds},
    Unit{"MUSD/h", 6, 1, kHourSeconds},
    Unit{"USD/s", 0, 1, 1, kWrite},
};

constexpr std::array kEnergyPriceUnits{
    Unit{"USD/MWh", -6, 1, kHourSeconds, kWrite},
    Unit{"USD/kWh", -3, 1, kHourSeconds},
    Unit{"USD/J", 0, 1, 1, kWrite},
};

constexpr std::array kCarbonIntensityUnits{
    Unit{"g/kWh", -3, 1, kHourSeconds},
    Unit{"kg/MWh", -3, 1, kHourSeconds, kRead},
    Unit{"kg/kWh", 0, 1, kHourSeconds, kWrite},
    Unit{"g/J", 0, 1, 1, kWrite},
};

}  // namespace

double Unit::factor() const { return std::pow(10.0, exponent) * times / over; }

const Unit* UnitTable::find(std::string_view symbol) const {
  for (const Unit& unit : units) {
    if (unit.symbol == symbol) return &unit;
  }
  return nullptr;
}

namespace units {

constinit const UnitTable kTime{"time", "a", "30 min", "s", kTimeUnits};
constinit const UnitTable kData{"size", "a", "80 GB", "B", kDataUnits};
constinit const UnitTable kWork{"amount of work", "an", "6.5 TFLOP", "FLOP", kWorkUnits};
constinit const UnitTable kEnergy{"energy", "an", "5 MWh", "J", kEnergyUnits};
constinit const UnitTable kMoney{"amount of money", "an", "30 kUSD", "USD", kMoneyUnits};
constinit const UnitTable kMass{"mass", "a", "20 kg", "g", kMassUnits};
constinit const UnitTable kRate{"rate", "a", "0.17 /year", "/s", kRateUnits};
constinit const UnitTable kBandwidth{"bandwidth", "a", "3.35 TB/s", "B/s", kBandwidthUnits};
constinit const UnitTable kComputeRate{"compute rate", "a", "989.4 TFLOP/s", "FLOP/s",
                                       kComputeRateUnits};
constinit const UnitTable kPower{"power", "a", "700 W", "W", kPowerUnits};
constinit const UnitTable kSpending{"price of time", "a", "2.5 USD/h", "USD/s", kSpendingUnits};
constinit const UnitTable kEnergyPrice{"price of energy", "a", "0.08 USD/kWh", "USD/J",
                                       kEnergyPriceUnits};
constinit const UnitTable kCarbonIntensity{"carbon intensity", "a", "400 g/kWh", "g/J",
                                           kCarbonIntensityUnits};

std::span<const UnitTable* const> all() {
  static constexpr std::array kAll{
      &kTime,      &kData,        &kWork,  &kEnergy,   &kMoney,       &kMass,           &kRate,
      &kBandwidth, &kComputeRate, &kPower, &kSpending, &kEnergyPrice, &kCarbonIntensity};
  return kAll;
}

}  // namespace units
}  // namespace fleetcast
