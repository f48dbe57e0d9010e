// What a plan's time hangs on.

#include "sim/plan/sensitivity.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using exhaustive::scenario;

constexpr const char* kPlan = "{tp: 2, dp: 8}";

const Sensitivity& row_of(const Sensitivities& s, std::string_view key) {
  return *std::find_if(s.rows.begin(), s.rows.end(),
                       [&](const Sensitivity& row) { return row.parameter->key == key; });
}

TEST_CASE("a tenth more tokens take a tenth longer", "[plan]") {
  const Sensitivities s = sensitivities(scenario({"training.tokens=1T"}, kPlan), 0.1);
  REQUIRE(s.rows.size() == parameters().size());
  CHECK(s.of_run);
  const Sensitivity& tokens = row_of(s, "training.tokens");
  CHECK(tokens.more.time / s.time == Approx(1.1).epsilon(1e-6));
  CHECK(tokens.less.time / s.time == Approx(0.9).epsilon(1e-6));
}

TEST_CASE("more of what hardware can do makes no plan slower, and failures none faster", "[plan]") {
  const Sensitivities s = sensitivities(scenario({"training.tokens=1T"}, kPlan), 0.1);
  for (const char* key : {"gpu.peak", "gpu.hbm_bandwidth", "cluster.tiers.0.bandwidth",
                          "cluster.tiers.1.bandwidth"}) {
    INFO(key);
    const Sensitivity& row = row_of(s, key);
    CHECK(row.more.time <= s.time);
    CHECK(row.less.time >= s.time);
  }
  for (const char* key : {"fabrics.latency", "cluster.host_time",
                          "cluster.reliability.interruptions", "cluster.reliability.restart"}) {
    INFO(key);
    const Sensitivity& row = row_of(s, key);
    CHECK(row.more.time >= s.time);
    CHECK(row.less.time <= s.time);
  }
}

TEST_CASE("tensor peaks do more than all else to a plan of matrix products", "[plan]") {
  const Sensitivities s = sensitivities(scenario({"training.tokens=1T"}, kPlan), 0.1);
  const Seconds by_peak = s.time - row_of(s, "gpu.peak").more.time;
  CHECK(by_peak > Seconds{});
  CHECK(by_peak < 0.1 * s.time);
  CHECK(by_peak > s.time - row_of(s, "gpu.hbm_bandwidth").more.time);
}

TEST_CASE("a plan that no longer fits says so", "[plan]") {
  const Sensitivities s = sensitivities(scenario({}, kPlan), 0.99);
  REQUIRE_FALSE(s.rows.empty());
  const Sensitivity& memory = row_of(s, "gpu.memory_usable");
  CHECK_FALSE(memory.less.misfit.fits());
  CHECK(memory.more.misfit.fits());
}

TEST_CASE("without a plan that runs nothing is moved", "[plan]") {
  CHECK(sensitivities(scenario({"model=llama3.1-405b"}, kPlan), 0.1).rows.empty());
}

}  // namespace
}  // namespace fleetcast
