// The smallest fleet that meets a deadline, against every plan of every smaller one.

#include "sim/plan/fleet.hpp"

#include "sim/run/interval.hpp"
#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using exhaustive::fewest_gpus;
using exhaustive::scenario;
using exhaustive::Texts;

Fleet fleet_of(const config::Scenario& s) { return size_fleets(s).fleets.front(); }

void check_smallest(const Texts& sets, const char* plan = "{}") {
  std::string words = plan;
  for (const std::string& set : sets) words += " " + set;
  INFO(words);
  const config::Scenario s = scenario(sets, plan);
  const Fleet fleet = fleet_of(s);
  REQUIRE(fleet.feasible);
  CHECK(fleet.why_not.empty());
  const Estimate& e = fleet.estimate;
  CHECK(e.misfit.fits());
  CHECK(e.run.days * kDay <= s.spec.deadline);
  const double order = s.systems.front().system.cluster.order_gpus;
  CHECK(std::fmod(fleet.gpus, order) == 0.0);
  CHECK(fleet.gpus >= e.plan.gpus());
  CHECK(fleet.gpus - e.plan.gpus() < order);
  CHECK(fewest_gpus(s, e.plan.gpus()) == e.plan.gpus());
}

TEST_CASE("no smaller fleet of any plan meets the deadline", "[plan]") {
  check_smallest({"training.tokens=500M"});
  check_smallest({"training.tokens=500M", "training.batch_tolerance=0.05"});
  check_smallest({"training.tokens=300M", "training.global_batch=48"});
  check_smallest({"training.tokens=1B", "deadline=2 h", "training.seq_len=16384"});
  check_smallest({"training.tokens=200M", "model=mixtral-8x7b"});
  check_smallest({"training.tokens=400M", "model=llama2-13b", "systems=[a100-80gb-sxm]"});
}

TEST_CASE("no smaller fleet of a plan with sharded weights, or of a given shape", "[plan]") {
  check_smallest({"training.tokens=300M"}, "{zero: 3}");
  check_smallest({"training.tokens=300M"}, "{zero: 2, tp: 4}");
  check_smallest({"training.tokens=200M"}, "{pp: 4, vp: 2, micro_batch: 1}");
}

TEST_CASE("memory decides where time does not", "[plan]") {
  check_smallest({"training.tokens=1M", "deadline=100 days"});
  check_smallest({"training.tokens=1M", "deadline=100 days", "model=mixtral-8x7b"});
  check_smallest({"training.tokens=1M", "deadline=100 days", "gpu.memory_usable=20 GB"});
}

TEST_CASE("a chip without a recipe's format says so, and the others are sized", "[plan]") {
  const FleetAnswer answer = size_fleets(
      scenario({"training.tokens=500M", "precisions=[bf16, nvfp4]",
                "systems=[h100-80gb-sxm, gb200-nvl72]"}));
  REQUIRE(answer.fleets.size() == 4);
  CHECK(answer.fleets[0].feasible);
  CHECK_FALSE(answer.fleets[1].feasible);
  CHECK(answer.fleets[1].why_not == "no nvfp4 on this GPU");
  CHECK(answer.fleets[1].gpus == 0);
  CHECK(answer.fleets[2].feasible);
  CHECK(answer.fleets[3].feasible);
  CHECK((answer.fleets[0].system == 0 && answer.fleets[2].system == 1));
  CHECK(answer.fleets[3].precision == find_precision("nvfp4"));
  CHECK(std::fmod(answer.fleets[2].gpus, 72.0) == 0.0);  // whole racks
}

TEST_CASE("a deadline that no fleet meets is said not to be met", "[plan]") {
  const Fleet fleet = fleet_of(scenario({"training.tokens=100T", "deadline=1 s"}));
  CHECK_FALSE(fleet.feasible);
  CHECK(fleet.why_not == "no plan meets the deadline");
}

TEST_CASE("more tokens never need fewer GPUs", "[plan]") {
  double before = 0;
  for (const char* tokens : {"10M", "50M", "100M", "300M", "500M", "800M", "1B"}) {
    const config::Scenario s = scenario({std::string("training.tokens=") + tokens});
    const FleetAnswer answer = size_fleets(s);
    REQUIRE(answer.fleets.front().feasible);
    const double gpus = answer.fleets.front().gpus;
    INFO(tokens);
    CHECK(gpus >= before);
    before = gpus;
    REQUIRE(answer.tokens.size() == 4);
    CHECK(answer.tokens[0].gpus[0] <= answer.tokens[1].gpus[0]);
    CHECK(answer.tokens[1].gpus[0] <= gpus);
    CHECK(gpus <= answer.tokens[2].gpus[0]);
    CHECK(answer.tokens[2].gpus[0] <= answer.tokens[3].gpus[0]);
  }
}

TEST_CASE("other amounts of training are sized as if they had been asked for", "[plan]") {
  const FleetAnswer answer = size_fleets(scenario({"training.tokens=400M"}));
  const auto asked = [](const char* tokens) {
    return fleet_of(scenario({std::string("training.tokens=") + tokens})).gpus;
  };
  CHECK(answer.tokens[0].tokens == 200e6);
  CHECK(answer.tokens[0].gpus[0] == asked("200M"));
  CHECK(answer.tokens[1].gpus[0] == asked("300M"));
  CHECK(answer.tokens[2].gpus[0] == asked("600M"));
  CHECK(answer.tokens[3].gpus[0] == asked("800M"));
}

TEST_CASE("the range of GPUs is that of validated step times, in whole nodes", "[plan]") {
  const Fleet fleet = fleet_of(scenario({"training.tokens=500M"}));
  const double gpus = fleet.estimate.plan.gpus();
  CHECK(fleet.p10_gpus == std::ceil(gpus * kStepTimeInterval.p10 / 8) * 8);
  CHECK(fleet.p90_gpus == std::ceil(gpus * kStepTimeInterval.p90 / 8) * 8);
  CHECK(fleet.p10_gpus <= fleet.gpus);
  CHECK(fleet.p90_gpus >= fleet.gpus);
}

}  // namespace
}  // namespace fleetcast
