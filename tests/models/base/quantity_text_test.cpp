#include "models/base/quantity_text.hpp"

#include <algorithm>
#include <clocale>
#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

template <class Q>
Q read(std::string_view text) {
  const Parsed<Q> parsed = parse_quantity<Q>(text);
  INFO(text);
  CHECK(parsed.error == "");
  return parsed.value;
}

template <class Q>
std::string refusal(std::string_view text) {
  return parse_quantity<Q>(text).error;
}

TEST_CASE("text in a unit is the nearest double of its base unit", "[quantity_text]") {
  CHECK(read<BytesPerSecond>("3.35 TB/s") == BytesPerSecond{3.35e12});
  CHECK(read<FlopsPerSecond>("989.4 TFLOP/s") == FlopsPerSecond{989.4e12});
  CHECK(read<FlopsPerSecond>("1.98 PFLOP/s") == FlopsPerSecond{1.98e15});
  CHECK(read<Watts>("700 W") == Watts{700});
  CHECK(read<Watts>("10.2 kW") == Watts{10200});
  CHECK(read<DollarsPerSecond>("2.5 USD/h") == DollarsPerSecond{2.5 / 3600});
  CHECK(read<DollarsPerJoule>("0.08 USD/kWh") == DollarsPerJoule{0.08e-3 / 3600});
  CHECK(read<Dollars>("30 kUSD") == Dollars{30000});
  CHECK(read<Dollars>("3.1 MUSD") == Dollars{3.1e6});
  CHECK(read<Seconds>("90 days") == 90.0 * kDay);
  CHECK(read<Seconds>("30 min") == Seconds{1800});
  CHECK(read<Seconds>("1.5 us") == Seconds{1.5e-6});
  CHECK(read<PerSecond>("0.17 /year") == PerSecond{0.17 / (365.25 * 86400)});
  CHECK(read<PerSecond>("24 /day") == PerSecond{24.0 / 86400});
  CHECK(read<PerSecond>("1.7 GHz") == PerSecond{1.7e9});
  CHECK(read<GramsPerJoule>("400 g/kWh") == GramsPerJoule{0.4 / 3600});
  CHECK(read<Joules>("5 MWh") == Joules{18e9});
}

TEST_CASE("a binary prefix is not a decimal one and a bit is not a byte", "[quantity_text]") {
  CHECK(read<Bytes>("80 GB") == Bytes{80e9});
  CHECK(read<Bytes>("80 GiB") == 80.0 * kGiB);
  CHECK(read<Bytes>("79.65 GiB") == 79.65 * kGiB);
  CHECK(read<BytesPerSecond>("400 Gb/s") == BytesPerSecond{50e9});
  CHECK(read<BytesPerSecond>("400 GB/s") == BytesPerSecond{400e9});
}

TEST_CASE("spaces around a number and its unit are free", "[quantity_text]") {
  CHECK(read<Bytes>("  80GB ") == Bytes{80e9});
  CHECK(read<Bytes>("80   GB") == Bytes{80e9});
  CHECK(read<Watts>("1e3 W") == Watts{1000});
  CHECK(read<Watts>("1E+3 W") == Watts{1000});
  CHECK(read<Bytes>("1EB") == Bytes{1e18});
  CHECK(read<Watts>("-0 W").base() == 0.0);
  CHECK(read<Watts>("-5 W") == Watts{-5});
}

TEST_CASE("a unit of another dimension names both dimensions", "[quantity_text]") {
  CHECK(refusal<BytesPerSecond>("80 GiB") ==
        "\"80 GiB\" is a size, expected a bandwidth such as \"3.35 TB/s\"");
  CHECK(refusal<Watts>("5 MWh") == "\"5 MWh\" is an energy, expected a power such as \"700 W\"");
  CHECK(parse_number("80 GB").error ==
        "\"80 GB\" is a size, expected a number such as \"12\", \"0.4\", \"40 %\" or \"13T\"");
}

TEST_CASE("an unknown unit is answered with the nearest and all that fit", "[quantity_text]") {
  CHECK(refusal<DollarsPerJoule>("0.08 USD/kwh") ==
        "\"USD/kwh\" is not a unit of price of energy; did you mean \"USD/kWh\"? "
        "units: USD/MWh, USD/kWh, USD/J");
  CHECK(refusal<Watts>("3 horses") ==
        "\"horses\" is not a unit of power; units: mW, W, kW, MW, GW, TW");
  CHECK(refusal<Seconds>("3 Min").find("did you mean \"min\"?") != std::string::npos);
  CHECK(refusal<FlopsPerSecond>("3 TFLOPS").find("mean \"TFLOP/s\"?") != std::string::npos);
  CHECK(refusal<BytesPerSecond>("3 GBps").find("mean \"GB/s\"?") != std::string::npos);
  CHECK(refusal<Bytes>("3 gb").find("did you mean \"") != std::string::npos);
}

TEST_CASE("a bare number is no quantity, not even zero", "[quantity_text]") {
  CHECK(refusal<Watts>("700") == "\"700\" needs a unit, such as \"700 W\"");
  CHECK(refusal<Watts>("0") == "\"0\" needs a unit, such as \"0 W\"");
  CHECK(read<Watts>("0 W") == Watts{0});
}

TEST_CASE("what is not a decimal number is refused", "[quantity_text]") {
  for (const std::string text :
       {"nan W", ".nan", "inf W", "-inf W", "0x10 W", "010 W", "1,000 W", "1 000 W", ".5 W", "+5 W",
        "5 W 3", "W", "many", "1_000 W", "--1 W", "1.2.3 W",
        "\xC2\xA0"
        "5 W"}) {
    CHECK(refusal<Watts>(text) == "\"" + text + "\" is not a power such as \"700 W\"");
  }
  CHECK(refusal<Watts>("") == "is empty, expected a power such as \"700 W\"");
  CHECK(refusal<Watts>("   ") == "is empty, expected a power such as \"700 W\"");
}

TEST_CASE("absurd sizes are out of range", "[quantity_text]") {
  for (const std::string text :
       {"1e300 W", "1e-300 W", "1e400 W", "1e99999999999999999999 W", "-1e37 W", "1e36 kW"}) {
    CHECK(refusal<Watts>(text) == "\"" + text + "\" is out of range (1e-36 to 1e36 in base units)");
  }
  CHECK(read<Watts>("1e36 W") == Watts{1e36});
  CHECK(read<Watts>("0e999 W") == Watts{0});
}

TEST_CASE("a long text is quoted by its beginning", "[quantity_text]") {
  CHECK(refusal<Watts>(std::string(1000, 'x')) ==
        "\"" + std::string(60, 'x') + "...\" is not a power such as \"700 W\"");
}

TEST_CASE("plain numbers may be ratios or counts", "[quantity_text]") {
  const auto number = [](std::string_view text) { return parse_number(text).value; };
  CHECK(number("12") == 12.0);
  CHECK(number("1e-3") == 0.001);
  CHECK(number("13e12") == 13e12);
  CHECK(number("13T") == 13e12);
  CHECK(number("60M") == 60e6);
  CHECK(number("1.8 T") == 1.8e12);
  CHECK(number("671B") == 671e9);
  CHECK(number("128k") == 128e3);
  CHECK(number("40 %") == 0.4);
  CHECK(number("-1.5") == -1.5);
}

TEST_CASE("surprising numbers are refused", "[quantity_text]") {
  for (const std::string text : {"010", "0x10", "nan", ".inf", "1.", "1e", "12 apples", "1e3x",
                                 "0o17", "1:30", "--2", "true"}) {
    CHECK(parse_number(text).error ==
          "\"" + text + "\" is not a number such as \"12\", \"0.4\", \"40 %\" or \"13T\"");
  }
}

TEST_CASE("people see three or four digits in a unit they would choose", "[quantity_text]") {
  CHECK(to_text(BytesPerSecond{3.35e12}) == "3.35 TB/s");
  CHECK(to_text(Bytes{80e9}) == "80 GB");
  CHECK(to_gib_text(79.65 * kGiB) == "79.7 GiB");
  CHECK(to_text(FlopsPerSecond{989.4e12}) == "989.4 TFLOP/s");
  CHECK(to_text(Seconds{75}) == "75 s");
  CHECK(to_text(Seconds{5400}) == "90 min");
  CHECK(to_text(90.0 * kDay) == "90 days");
  CHECK(to_text(5000.0 * kDay) == "5000 days");
  CHECK(to_text(Seconds{2.5e-6}) == "2.5 us");
  CHECK(to_text(Seconds{1.234e-12}) == "0.00123 ns");
  CHECK(to_text(Bytes{999.96e9}) == "1 TB");
  CHECK(to_text(Bytes{999.94e9}) == "999.9 GB");
  CHECK(to_text(Watts{0}) == "0 W");
  CHECK(to_text(Watts{-1234}) == "-1.23 kW");
  CHECK(to_text(DollarsPerSecond{2.5 / 3600}) == "2.5 USD/h");
  CHECK(to_text(DollarsPerJoule{0.08 / 3.6e6}) == "0.08 USD/kWh");
  CHECK(to_text(GramsPerJoule{0.4 / 3600}) == "400 g/kWh");
  CHECK(to_text(PerSecond{0.17 / (365.25 * 86400)}) == "0.17 /year");
  CHECK(to_text(PerSecond{1.7e9}) == "1.7 GHz");
}

TEST_CASE("exact text is short where it can be", "[quantity_text]") {
  CHECK(to_exact_text(BytesPerSecond{3.35e12}) == "3.35 TB/s");
  CHECK(to_exact_text(BytesPerSecond{50e9}) == "50 GB/s");
  CHECK(to_exact_text(Bytes{79.65 * kGiB.base()}) == "79.65 GiB");
  CHECK(to_exact_text(Bytes{65536}) == "64 KiB");
  CHECK(to_exact_text(90.0 * kDay) == "90 days");
  CHECK(to_exact_text(Seconds{1800}) == "30 min");
  CHECK(to_exact_text(PerSecond{0.17 / (365.25 * 86400)}) == "0.17 /year");
  CHECK(to_exact_text(Watts{0}) == "0 W");
  CHECK(exact_number_text(0.1) == "0.1");
}

TEST_CASE("every table reads its exact text back to the same double", "[quantity_text]") {
  for (const UnitTable* table : units::all()) {
    CHECK(table->find(table->base) != nullptr);
    CHECK(parse_in(*table, table->example).ok());
    double value = 1.1e-15;
    for (int i = 0; i < 500; ++i) {
      value *= 1.1547005383792515;
      const std::string text = exact_text_in(*table, value);
      INFO(text);
      REQUIRE(parse_in(*table, text).value == value);
    }
  }
}

TEST_CASE("no symbol means two dimensions", "[quantity_text]") {
  std::vector<std::string_view> seen;
  for (const UnitTable* table : units::all()) {
    for (const Unit& unit : table->units) {
      CHECK(std::count(seen.begin(), seen.end(), unit.symbol) == 0);
      seen.push_back(unit.symbol);
    }
  }
}

TEST_CASE("the locale changes nothing", "[quantity_text]") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    std::setlocale(LC_ALL, name);
    CHECK(read<BytesPerSecond>("3.35 TB/s") == BytesPerSecond{3.35e12});
    CHECK(to_text(BytesPerSecond{3.35e12}) == "3.35 TB/s");
  }
  std::setlocale(LC_ALL, before.c_str());
}

}  // namespace
}  // namespace fleetcast
