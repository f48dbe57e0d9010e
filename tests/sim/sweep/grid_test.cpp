#include "sim/sweep/grid.hpp"

#include <array>
#include <set>

#include "tests/catch.hpp"

namespace fleetcast::sweep {
namespace {

TEST_CASE("the last dimension moves fastest, zipped axes move together", "[sweep]") {
  // 2 x 3 points; axes 1 and 2 are zipped.
  const Grid grid({2, 3}, {0, 1, 1});
  REQUIRE(grid.size() == 6);
  std::array<std::uint32_t, 3> at{};
  const auto values = [&](PointId point) {
    grid.values_at(point, at);
    return at;
  };
  using Values = std::array<std::uint32_t, 3>;
  CHECK(values(0) == Values{0, 0, 0});
  CHECK(values(1) == Values{0, 1, 1});
  CHECK(values(2) == Values{0, 2, 2});
  CHECK(values(3) == Values{1, 0, 0});
  CHECK(values(5) == Values{1, 2, 2});
}

TEST_CASE("each combination of values is one point", "[sweep]") {
  const Grid grid({4, 1, 3, 5}, {0, 1, 2, 3});
  std::set<std::array<std::uint32_t, 4>> seen;
  for (PointId point = 0; point < grid.size(); ++point) {
    std::array<std::uint32_t, 4> at{};
    grid.values_at(point, at);
    seen.insert(at);
  }
  CHECK(seen.size() == 60);
}

TEST_CASE("a grid beyond the limit has a size that says so, not one that wrapped", "[sweep]") {
  const std::vector<std::uint32_t> sizes(16, 10'000);
  CHECK(Grid(sizes, {}).size() == kMostPoints + 1);
}

TEST_CASE("shards share all points evenly, and every value of an axis of their number", "[sweep]") {
  constexpr unsigned kShards = 4;
  std::array<int, kShards> count{};
  std::array<std::set<PointId>, kShards> values;
  for (PointId point = 0; point < 1000; ++point) {
    int holders = 0;
    for (unsigned k = 1; k <= kShards; ++k) {
      if (!Shard{k, kShards}.holds(point)) continue;
      ++holders;
      ++count[k - 1];
      values[k - 1].insert(point % kShards);
    }
    CHECK(holders == 1);
  }
  for (unsigned k = 0; k < kShards; ++k) {
    CHECK(count[k] == 250);
    CHECK(values[k].size() == kShards);
  }
}

TEST_CASE("a shard is one of so many, from 1", "[sweep]") {
  const std::optional<Shard> second = shard_from("2/8");
  REQUIRE(second.has_value());
  CHECK((second->index == 2 && second->count == 8));
  CHECK(shard_from("8/8").has_value());
  for (const char* text : {"", "2", "2/", "/8", "0/8", "9/8", "2/8x", "-1/8", "2/100001"})
    CHECK_FALSE(shard_from(text).has_value());
}

}  // namespace
}  // namespace fleetcast::sweep
