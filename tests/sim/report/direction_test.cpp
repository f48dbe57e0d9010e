#include "sim/report/direction.hpp"

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("a star stays within its part of a path", "[report]") {
  CHECK(matches("breakdown_s.gemm", "breakdown_s.*"));
  CHECK(matches("step_time_s", "*_s"));
  CHECK_FALSE(matches("run.days.p10", "run.*"));
  CHECK_FALSE(matches("days", "day"));
  CHECK_FALSE(matches("day", "days"));
}

TEST_CASE("more time, money and memory is worse, less throughput is", "[report]") {
  CHECK(worse_of("step_time_s") == Worse::kMore);
  CHECK(worse_of("estimate.breakdown_s.gemm") == Worse::kMore);
  CHECK(worse_of("run.cost_high_usd") == Worse::kMore);
  CHECK(worse_of("memory_gib.activations") == Worse::kMore);
  CHECK(worse_of("days.p90") == Worse::kMore);
  CHECK(worse_of("goodput.p10") == Worse::kLess);
  CHECK(worse_of("mfu_bf16") == Worse::kLess);
  CHECK(worse_of("tokens_per_s_per_gpu") == Worse::kLess);
  CHECK(worse_of("bus_bandwidth_gb_per_s") == Worse::kLess);
}

TEST_CASE("what was given, what has a sign and what nobody listed may not move", "[report]") {
  CHECK(worse_of("rows.measured_step_time_s") == Worse::kChange);
  CHECK(worse_of("memory_gib.usable") == Worse::kChange);
  CHECK(worse_of("bias") == Worse::kChange);
  CHECK(worse_of("gpus") == Worse::kChange);
}

}  // namespace
}  // namespace fleetcast::report
