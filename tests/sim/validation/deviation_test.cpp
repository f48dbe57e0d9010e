#include "sim/validation/deviation.hpp"

#include "tests/catch.hpp"
#include "tests/sim/validation/toy_validation.hpp"

namespace fleetcast {
namespace {

TEST_CASE("a gap's rows are those with a part of its in their ids, worst first", "[validation]") {
  const Validation v =
      toy_validation({{"run-x-1", -0.1}, {"run-y-1", 0.3}, {"run-x-2", 0.2}, {"walk", -0.9}});
  const KnownGap gap{"gap", {"-x-", "run-y"}, "?"};
  const std::vector<const ValidatedRow*> rows = rows_of_gap(gap, v);
  REQUIRE(rows.size() == 3);
  CHECK((rows[0]->id == "run-y-1" && rows[1]->id == "run-x-2" && rows[2]->id == "run-x-1"));
}

TEST_CASE("the first gap about time that names a row is its gap", "[validation]") {
  const ValidatedRow row = toy_row({"run-x-1"});
  const std::vector<KnownGap> gaps{{"other", {"y"}, "?"},
                                   {"memory", {"x"}, "?", "memory"},
                                   {"one", {"x"}, "?"},
                                   {"two", {"x"}, "?"}};
  REQUIRE(gap_of(row, gaps) != nullptr);
  CHECK(gap_of(row, gaps)->title == "one");
  CHECK(gap_of(toy_row({"walk"}), gaps) == nullptr);
}

TEST_CASE("known gaps can be read, and are about time, memory or simulations", "[validation]") {
  const std::vector<KnownGap> gaps = load_known_gaps();
  CHECK(gaps.size() >= 5);
  for (const KnownGap& gap : gaps) {
    INFO(gap.title);
    CHECK((gap.about == "time" || gap.about == "memory" || gap.about == "simulation"));
    CHECK(gap.rows.empty() == (gap.about == "simulation"));
    CHECK_FALSE(gap.cause.empty());
  }
}

}  // namespace
}  // namespace fleetcast
