#include "sim/sweep/range.hpp"

#include "tests/catch.hpp"

namespace fleetcast::sweep {
namespace {

using Numbers = std::vector<double>;

TEST_CASE("steps end with the last that does not pass the end", "[sweep]") {
  CHECK(by_step(1, 7, 2) == Numbers{1, 3, 5, 7});
  CHECK(by_step(1, 8, 2) == Numbers{1, 3, 5, 7});
  CHECK(by_step(8, 1, -3) == Numbers{8, 5, 2});
  // Ten steps of 0.1 are not quite 1: the end still belongs to it.
  CHECK(by_step(0, 1, 0.1).size() == 11);
}

TEST_CASE("ratios multiply", "[sweep]") {
  CHECK(by_ratio(1, 64, 2) == Numbers{1, 2, 4, 8, 16, 32, 64});
  CHECK(by_ratio(64, 3, 0.5) == Numbers{64, 32, 16, 8, 4});
}

TEST_CASE("points of a range include both ends exactly", "[sweep]") {
  CHECK(spaced(2, 8, 4) == Numbers{2, 4, 6, 8});
  const Numbers thirds = spaced(0.1, 0.3, 7);
  CHECK((thirds.front() == 0.1 && thirds.back() == 0.3));
  const Numbers decades = log_spaced(1, 1000, 4);
  REQUIRE(decades.size() == 4);
  CHECK(decades[1] == Approx(10));
  CHECK(decades[2] == Approx(100));
  CHECK(decades[3] == 1000);
}

TEST_CASE("a range that is too long shows it by one value too many", "[sweep]") {
  CHECK(by_step(0, 1e12, 1).size() == kMostValues + 1);
}

}  // namespace
}  // namespace fleetcast::sweep
