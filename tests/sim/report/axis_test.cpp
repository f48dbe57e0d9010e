#include "sim/report/axis.hpp"

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

void check_ticks(const Axis& axis, const std::vector<double>& expected) {
  const std::vector<double> ticks = axis.ticks();
  REQUIRE(ticks.size() == expected.size());
  for (std::size_t i = 0; i < ticks.size(); ++i)
    CHECK(ticks[i] == Approx(expected[i]).margin(1e-12));
}

TEST_CASE("a linear axis halves its numbers where it halves its pixels", "[report]") {
  const Axis axis{-1, 1, 100, 0};
  CHECK(axis.at(-1) == 100);
  CHECK(axis.at(0) == 50);
  CHECK(axis.at(1) == 0);
}

TEST_CASE("a decade of a logarithmic axis is as long as the next", "[report]") {
  const Axis axis{0.1, 10, 0, 200, true};
  CHECK(axis.at(1) == Approx(100));
  CHECK(axis.at(10) == Approx(200));
}

TEST_CASE("what lies beyond an axis is drawn at its end", "[report]") {
  const Axis axis{1, 10, 0, 100, true};
  CHECK(axis.at(0.5) == 0);
  CHECK(axis.at(99) == 100);
}

TEST_CASE("a logarithmic axis has ticks at 1, 2 and 5, its ends included", "[report]") {
  check_ticks({0.1, 3, 0, 1, true}, {0.1, 0.2, 0.5, 1, 2});
}

TEST_CASE("a linear axis has a tick each tenth, a long one each fifth", "[report]") {
  check_ticks({-0.2, 0.1, 0, 1}, {-0.2, -0.1, 0, 0.1});
  check_ticks({-0.65, 0.7, 0, 1}, {-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6});
}

}  // namespace
}  // namespace fleetcast::report
