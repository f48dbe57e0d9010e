#include "sim/validation/cause.hpp"

#include "tests/catch.hpp"
#include "tests/sim/validation/toy_validation.hpp"

namespace fleetcast {
namespace {

LikelyCause cause_of_first(const std::vector<ToyRow>& rows,
                           const std::vector<KnownGap>& gaps = {}) {
  const Validation v = toy_validation(rows);
  return likely_cause(v.rows.front(), v, gaps);
}

/// Four rows of one stack, each of another system and model, none alike but in that.
std::vector<ToyRow> rows_of_one_stack(double first, double others) {
  return {{"a", first, "s1", "m1", "old 1"},
          {"b", others, "s2", "m2", "old 1"},
          {"c", others, "s3", "m3", "old 1"},
          {"d", others, "s4", "m4", "old 1"}};
}

TEST_CASE("a row that a known gap names is explained by it", "[validation]") {
  const std::vector<KnownGap> gaps{{"something else", {"zzz"}, "?"}, {"old cables", {"a"}, "?"}};
  const LikelyCause cause = cause_of_first(rows_of_one_stack(-0.2, -0.2), gaps);
  CHECK(cause.evidence == Evidence::kKnownGap);
  CHECK(cause.text == "known gap: old cables");
}

TEST_CASE("a known gap about memory explains no time", "[validation]") {
  const std::vector<KnownGap> gaps{{"leaks", {"a"}, "?", "memory"}};
  CHECK(cause_of_first({{"a", -0.2}}, gaps).evidence == Evidence::kShare);
}

TEST_CASE("rows of one stack that are off alike point to the stack", "[validation]") {
  const LikelyCause cause = cause_of_first(rows_of_one_stack(-0.2, -0.18));
  CHECK(cause.evidence == Evidence::kGroup);
  CHECK(cause.text == "stack: the other 3 rows of old 1 are off by -18 % on average");
}

TEST_CASE("a stack whose other rows are off by less than half explains nothing", "[validation]") {
  CHECK(cause_of_first(rows_of_one_stack(-0.2, -0.101)).evidence == Evidence::kGroup);
  CHECK(cause_of_first(rows_of_one_stack(-0.2, -0.099)).evidence == Evidence::kShare);
  CHECK(cause_of_first(rows_of_one_stack(-0.2, +0.2)).evidence == Evidence::kShare);
}

TEST_CASE("two other rows are too few to point to their stack", "[validation]") {
  std::vector<ToyRow> rows = rows_of_one_stack(-0.2, -0.2);
  rows.pop_back();
  CHECK(cause_of_first(rows).evidence == Evidence::kShare);
}

/// Nine rows of one system; the error of the others is `slope` times their bubble, about zero.
std::vector<ToyRow> rows_with_bubbles(double slope) {
  std::vector<ToyRow> rows{{"a", -0.2, "s", "m0", "t0", {{Cost::kBubble, 0.3}}}};
  for (int i = 0; i < 8; ++i)
    rows.push_back({"b" + std::to_string(i),
                    slope * (i - 3.5),
                    "s",
                    "m" + std::to_string(i + 1),
                    "t" + std::to_string(i + 1),
                    {{Cost::kBubble, 0.02 * i}}});
  return rows;
}

TEST_CASE("a cost that errors grow with is named where the row has much of it", "[validation]") {
  const LikelyCause cause = cause_of_first(rows_with_bubbles(-0.02));
  CHECK(cause.evidence == Evidence::kCorrelation);
  CHECK(cause.text ==
        "pipeline stages waiting for each other, 30 % of our step: errors grow with it over 8 rows "
        "of s, r 1.0");
}

TEST_CASE("errors that grow the other way are no evidence", "[validation]") {
  CHECK(cause_of_first(rows_with_bubbles(+0.02)).evidence == Evidence::kShare);
}

TEST_CASE("without evidence the largest cost beside compute is named", "[validation]") {
  const LikelyCause cause = cause_of_first(
      {{"a", -0.2, "s", "m", "t", {{Cost::kHost, 0.11}, {Cost::kExpertComm, 0.25}}}});
  CHECK(cause.evidence == Evidence::kShare);
  CHECK(cause.text ==
        "expert all-to-all not hidden, 25 % of our step: our largest cost beside compute");
}

TEST_CASE("a cost of less than half the error does not explain it", "[validation]") {
  CHECK(cause_of_first({{"a", -0.3, "s", "m", "t", {{Cost::kHost, 0.14}}}}).text ==
        "compute, 86 % of our step: no other cost is large");
}

}  // namespace
}  // namespace fleetcast
