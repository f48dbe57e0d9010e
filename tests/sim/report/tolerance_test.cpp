#include "sim/report/tolerance.hpp"

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("a tolerance is a share with a percent sign and an amount without", "[report]") {
  CHECK_FALSE(exceeds(200, 202, *read_tolerance("1%")));
  CHECK(exceeds(200, 203, *read_tolerance("1%")));
  CHECK_FALSE(exceeds(200, 201, *read_tolerance("days=1")));
  CHECK(exceeds(200, 202, *read_tolerance("days=1")));
  CHECK(exceeds(0, 1, *read_tolerance("1%")));
  CHECK(read_tolerance("run.*=1%")->pattern == "run.*");
}

TEST_CASE("what is no tolerance is none", "[report]") {
  for (const char* text : {"", "%", "x", "=1%", "days=", "-1%", "nan", "inf", "1%%", "1 %"})
    CHECK_FALSE(read_tolerance(text).has_value());
}

}  // namespace
}  // namespace fleetcast::report
