#include "sim/report/number.hpp"

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("numbers have three digits and thousands apart", "[report]") {
  CHECK(whole(7424) == "7,424");
  CHECK(whole(999) == "999");
  CHECK(whole(1234567.8) == "1,234,568");
  CHECK(whole(-0.2) == "0");
  CHECK(three_digits(0) == "0");
  CHECK(three_digits(33.04) == "33.0");
  CHECK(three_digits(99.96) == "100");
  CHECK(three_digits(9.996) == "10.0");
  CHECK(three_digits(1.234) == "1.23");
  CHECK(three_digits(12345) == "12,300");
  CHECK(three_digits(0.0123) == "0.012");
  CHECK(three_digits(0.0000123) == "1.23e-05");
}

TEST_CASE("quantities have the unit a person would choose", "[report]") {
  CHECK(amount(13e12) == "13 T");
  CHECK(amount(6.5e12) == "6.5 T");
  CHECK(amount(1.872e12) == "1.87 T");
  CHECK(amount(8192) == "8,192");
  CHECK(amount(999'960) == "1 M");
  CHECK(percent(0.412) == "41 %");
  CHECK(percent(0.0344) == "3.4 %");
  CHECK(money(Dollars{4.12e8}) == "$412 M");
  CHECK(money(Dollars{12}) == "$12.0");
  CHECK(duration(Seconds{33.04}) == "33.0 s");
  CHECK(duration(kHour * 3.0) == "3 h");
  CHECK(days(88.2) == "88 days");
  CHECK(days(3.42) == "3.42 days");
  CHECK(days(0.5) == "12 h");
  CHECK(power(Watts{15.2e6}) == "15.2 MW");
  CHECK(energy(Joules{3.6e9 * 24600}) == "24.6 GWh");
  CHECK(mass(Grams{9.84e9}) == "9,840 t");
  CHECK(gib(kGiB * 61.23) == "61.2");
  CHECK(gib(kGiB * 30114.0) == "30,114");
}

}  // namespace
}  // namespace fleetcast::report
