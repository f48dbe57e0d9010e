#include "sim/validation/accuracy.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sim/config/problem.hpp"
#include "tests/catch.hpp"
#include "tests/sim/validation/toy_validation.hpp"

namespace fleetcast {
namespace {

/// Five rows of toy-a, 10 % off, and one of toy-b, 40 % off.
Validation six_rows() {
  std::vector<ToyRow> rows(5, {"a", -0.1});
  rows.push_back({"b", 0.4, "toy-b"});
  return toy_validation(rows);
}

TEST_CASE("accuracy is kept for all rows, each kind, and systems of five rows", "[validation]") {
  const std::vector<GroupAccuracy> groups = accuracy_of(six_rows());
  REQUIRE(groups.size() == 3);
  CHECK((groups[0].group == "all" && groups[0].rows == 6));
  CHECK(groups[0].mape == Approx(0.15));
  CHECK(groups[0].bias == Approx(-0.1 / 6));
  CHECK(groups[0].within_10pct == Approx(5.0 / 6));
  CHECK(groups[1].group == "dense");
  CHECK((groups[2].group == "toy-a" && groups[2].rows == 5));
}

TEST_CASE("accuracy that is written is read back to the hundredth of a point", "[validation]") {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("fleetcast-accuracy-" + std::to_string(::getpid()) + ".yaml"))
                               .string();
  std::ofstream(path) << to_yaml(accuracy_of(six_rows()));
  const std::vector<GroupAccuracy> read = load_accuracy(path);
  REQUIRE(read.size() == 3);
  CHECK((read[2].group == "toy-a" && read[2].rows == 5));
  CHECK(read[2].mape == Approx(0.1));
  CHECK(read[0].bias == Approx(-0.0167));
  std::ofstream(path) << "groups: [{group: all, rows: 3}]\n";
  CHECK_THROWS_AS(load_accuracy(path), config::ConfigError);
  std::filesystem::remove(path);
}

bool is_worse(double then, double now) {
  const std::vector<GroupAccuracy> before{{"all", 9, then, 0, 0}}, after{{"all", 9, now, 0, 0}};
  return compare(before, after).front().is_worse();
}

TEST_CASE("half a point more is accepted, anything beyond is worse", "[validation]") {
  CHECK_FALSE(is_worse(0.08, 0.08));
  CHECK_FALSE(is_worse(0.08, 0.085));
  CHECK(is_worse(0.08, 0.0851));
  CHECK_FALSE(is_worse(0.08, 0.02));
}

TEST_CASE("a new group is not worse, and one that is gone is told", "[validation]") {
  const std::vector<GroupAccuracy> then{{"old", 5, 0.1, 0, 0}}, now{{"new", 5, 0.9, 0, 0}};
  const std::vector<AccuracyChange> changes = compare(then, now);
  REQUIRE(changes.size() == 2);
  CHECK((changes[0].group == "new" && !changes[0].is_worse() && !changes[0].is_gone()));
  CHECK((changes[1].group == "old" && !changes[1].is_worse() && changes[1].is_gone()));
}

}  // namespace
}  // namespace fleetcast
