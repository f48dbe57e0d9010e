#include "sim/engine/run/ensemble.hpp"

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

JobSpec toy(std::int64_t steps) {
  return {.steps = steps,
          .step_time = Seconds{1},
          .checkpoint_steps = 100,
          .checkpoint = Seconds{5},
          .restart = Seconds{60},
          .components = {{.name = "gpu", .rate = 1.0 / kHour}}};
}

TEST_CASE("outcomes are the same for any number of processes", "[job]") {
  const JobSpec spec = toy(100'000);
  const auto outcomes = [&](unsigned processes) {
    return simulate_jobs(spec, {.runs = 13, .processes = processes, .seed = 3});
  };
  const auto one = outcomes(1);
  REQUIRE(one.size() == 13);
  for (const unsigned processes : {2U, 5U, 40U}) {
    const auto many = outcomes(processes);
    REQUIRE(many.size() == 13);
    for (std::size_t i = 0; i < one.size(); ++i) {
      CHECK(many[i].run == i);
      CHECK(many[i].outcome == one[i].outcome);
    }
  }
  CHECK(one[12].outcome == simulate_job(spec, 3, 12));
}

TEST_CASE("a stopped ensemble has the runs that were done, each whole", "[job]") {
  const JobSpec spec = toy(1'000'000);
  std::atomic<int> stop{0};
  const auto some = simulate_jobs(
      spec, {.runs = 1'000'000, .processes = 2, .stop = &stop, .progress = [&](const auto& p) {
               if (p.done >= 3) stop = 1;
             }});
  CHECK(some.size() >= 3);
  CHECK(some.size() < 1'000'000);
  for (const NumberedOutcome& run : some) CHECK(run.outcome.is_finished);
  CHECK(some.back().outcome == simulate_job(spec, 1, some.back().run));
}

}  // namespace
}  // namespace fleetcast
