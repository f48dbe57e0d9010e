#include "sim/run/run_statistics.hpp"

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

/// Whole days of training, and of waiting.
NumberedOutcome of(std::uint64_t run, int training, int waiting) {
  NumberedOutcome out{run, {}};
  out.outcome[JobPart::kTraining] = ticks_of(double(training) * kDay);
  out.outcome[JobPart::kWaiting] = ticks_of(double(waiting) * kDay);
  out.outcome.is_finished = true;
  return out;
}

TEST_CASE("many runs become percentiles, a mean with its error, and goodput", "[run]") {
  // 10, 12, 14 days, 8 of each useful: mean 12, squares 4 + 0 + 4, error sqrt(8 / (3 * 2)).
  const std::vector<NumberedOutcome> runs{of(3, 8, 6), of(5, 8, 2), of(9, 8, 4)};
  const RunStatistics out = statistics_of({}, runs);
  CHECK(out.runs == 3);
  CHECK(out.mean_days == 12);
  CHECK(out.mean_days_error == Approx(std::sqrt(8.0 / 6)));
  CHECK(out.days.p10 == Approx(10.4));
  CHECK(out.days.p50 == 12);
  CHECK(out.days.p90 == Approx(13.6));
  CHECK(out.days.most == 14);
  CHECK(out.goodput == Approx(24.0 / 36));
  CHECK(out.median_run == 9);
  CHECK(out.days_in(JobPart::kTraining) == 8);
  CHECK(out.days_in(JobPart::kWaiting) == 4);
}

TEST_CASE("interruptions are counted by component, and runs that were given up", "[run]") {
  JobSpec spec;
  spec.components = {{.name = "gpu"}, {.name = "nic"}};
  std::vector<NumberedOutcome> runs{of(0, 1, 0), of(1, 1, 0)};
  runs[0].outcome.interruptions[0] = 4;
  runs[1].outcome.interruptions[1] = 1;
  runs[1].outcome.is_finished = false;
  runs[1].outcome.most_nodes_out = 2;
  const RunStatistics out = statistics_of(spec, runs);
  CHECK(out.interruptions == std::vector<double>{2, 0.5});
  CHECK(out.all_interruptions() == 2.5);
  CHECK(out.given_up == 1);
  CHECK(out.nodes_out.p50 == 1);
  CHECK(out.nodes_out.most == 2);
}

TEST_CASE("a single run has no error of its mean", "[run]") {
  const RunStatistics out = statistics_of({}, std::vector{of(0, 1, 0)});
  CHECK(out.mean_days_error == 0);
  CHECK(out.goodput == 1);
}

}  // namespace
}  // namespace fleetcast
