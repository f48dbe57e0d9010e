#include "sim/engine/run/failures.hpp"

#include <cmath>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

constexpr Seconds kYear = 365.0 * kDay;

JobSpec with(std::vector<JobComponent> components) { return {.components = std::move(components)}; }

/// Failures of each component before `end`.
std::vector<int> count_until(RandomFailures& failures, Seconds end, std::size_t components) {
  std::vector<int> counts(components);
  for (; failures.next().at < end; failures.advance()) ++counts[failures.next().component];
  return counts;
}

TEST_CASE("failures come at the sum of the rates, divided by them", "[job]") {
  const JobSpec spec = with({{.name = "gpu", .rate = 30'000.0 / kYear},
                             {.name = "nic", .rate = 10'000.0 / kYear},
                             {.name = "never", .rate = PerSecond{}}});
  RandomFailures failures(spec, 1, 0);
  const std::vector<int> counts = count_until(failures, kYear, 3);
  // Within four standard deviations of Poisson counts.
  CHECK(counts[0] == Approx(30'000).margin(4 * std::sqrt(30'000.0)));
  CHECK(counts[1] == Approx(10'000).margin(4 * std::sqrt(10'000.0)));
  CHECK(counts[2] == 0);
}

TEST_CASE("a share of failures takes hardware out of service", "[job]") {
  const JobSpec spec = with({{.name = "gpu", .rate = 10'000.0 / kYear, .replaced = 0.3}});
  RandomFailures failures(spec, 1, 0);
  int replaced = 0;
  for (int i = 0; i < 10'000; ++i, failures.advance()) replaced += failures.next().is_replaced;
  CHECK(replaced == Approx(3'000).margin(4 * std::sqrt(10'000 * 0.3 * 0.7)));
}

TEST_CASE("a component's failures don't depend on what else fails", "[job]") {
  const JobComponent gpu{.name = "gpu", .rate = 100.0 / kYear};
  const JobSpec alone = with({gpu});
  const JobSpec both = with({gpu, {.name = "nic", .rate = 100.0 / kYear}});
  RandomFailures of_one(alone, 5, 3), of_both(both, 5, 3), of_another(alone, 5, 4);
  CHECK(of_one.next().at != of_another.next().at);
  for (int i = 0; i < 50; ++i, of_one.advance()) {
    while (of_both.next().component != 0) of_both.advance();
    CHECK(of_one.next().at == of_both.next().at);
    of_both.advance();
  }
}

TEST_CASE("a young fleet of shape 1/2 has half of its first year's failures in a quarter",
          "[job]") {
  // H(t) = rate * year * (t / year)^shape: (1/4)^(1/2) = 1/2.
  const JobSpec spec = with({{.name = "gpu", .rate = 40'000.0 / kYear, .shape = 0.5}});
  RandomFailures failures(spec, 1, 0);
  const int first_quarter = count_until(failures, kYear / 4, 1)[0];
  const int rest = count_until(failures, kYear, 1)[0];
  CHECK(first_quarter == Approx(20'000).margin(4 * std::sqrt(20'000.0)));
  CHECK(rest == Approx(20'000).margin(4 * std::sqrt(20'000.0)));
}

TEST_CASE("nothing fails where nothing can", "[job]") {
  const JobSpec spec = with({});
  CHECK(std::isinf(RandomFailures(spec, 1, 0).next().at.base()));
}

}  // namespace
}  // namespace fleetcast
