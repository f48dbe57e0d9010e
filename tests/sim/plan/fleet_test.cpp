// The smallest fleet that meets a deadline, against every plan of every smaller one.

#include "sim/plan/fleet.hpp"

#include <random>

#include "sim/plan/pricing.hpp"
#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using exhaustive::fewest_gpus;
using exhaustive::scenario;
using exhaustive::Texts;

constexpr int kDraws = 50;
constexpr int kMost = 256;  // fleets that are asked one by one where none is found

Fleet fleet_of(const config::Scenario& s) { return size_fleets(s).fleets.front(); }

void check_smallest(const Texts& sets, const char* plan = "{}") {
  std::string words = plan;
  for (const std::string& set : sets) words += " " + set;
  INFO(words);
  const config::Scenario s = scenario(sets, plan);
  const Fleet fleet = fleet_of(s);
  if (!fleet.feasible) {
    CHECK(fewest_gpus(s, kMost) == 0);
    return;
  }
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

/// Jobs drawn at random, on chips of one of these sizes and with one of these plans.
void check_drawn(const Texts& memories, const Texts& plans) {
  std::mt19937_64 random(1);
  const auto one_of = [&](const Texts& texts) { return texts[random() % texts.size()]; };
  for (int i = 0; i < kDraws; ++i)
    check_smallest(
        {"gpus=0", "model=" + one_of({"llama3-8b", "mixtral-8x7b", "gpt3-5b", "llama2-13b"}),
         "systems=[" + one_of({"h100-80gb-sxm", "a100-80gb-sxm", "gb200-nvl72"}) + "]",
         "training.tokens=" + one_of({"1M", "20M", "50M", "100M", "250M"}),
         "training.seq_len=" + one_of({"2048", "8192"}),
         "training.global_batch=" + one_of({"60", "64", "96", "250"}),
         "training.batch_tolerance=" + one_of({"0", "0.03", "0.2"}),
         "gpu.memory_usable=" + one_of(memories)},
        one_of(plans).c_str());
}

TEST_CASE("no smaller fleet meets any deadline drawn at random", "[plan]") {
  check_drawn({"30 GB", "70 GB", "80 GB"},
              {"{}", "{zero: 2}", "{zero: 3}", "{recompute: none}", "{micro_batch: 2}"});
}

// Interleaved stages keep the more activations the less the micro-batches divide by the stages, so
// more replicas may need more memory.
TEST_CASE("no smaller fleet of interleaved stages meets it where memory is tight", "[plan]") {
  check_drawn({"12 GB", "15 GB", "18 GB", "22 GB", "26 GB"},
              {"{pp: 4, vp: 2}", "{pp: 4, vp: 2, tp: 2}", "{pp: 4, vp: 4, recompute: none}",
               "{pp: 8, vp: 2, recompute: none}", "{pp: 8, vp: 4}", "{pp: 16, vp: 2}"});
}

TEST_CASE("memory decides where time does not", "[plan]") {
  check_smallest({"training.tokens=1M", "deadline=100 days"});
  check_smallest({"training.tokens=1M", "deadline=100 days", "model=mixtral-8x7b"});
  check_smallest({"training.tokens=1M", "deadline=100 days", "gpu.memory_usable=20 GB"});
}

TEST_CASE("a chip without a recipe's format says so, and the others are sized", "[plan]") {
  const FleetAnswer answer =
      size_fleets(scenario({"training.tokens=500M", "precisions=[bf16, nvfp4]",
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
    for (const TokenPoint& point : answer.tokens)
      CHECK(
          (point.tokens < s.spec.training.tokens ? point.gpus[0] <= gpus : point.gpus[0] >= gpus));
  }
}

TEST_CASE("other amounts of training are sized as if they had been asked for", "[plan]") {
  const FleetAnswer answer = size_fleets(scenario({"training.tokens=400M"}));
  CHECK(answer.tokens.size() >= 3);
  for (const TokenPoint& point : answer.tokens) {
    const std::string tokens = std::to_string(static_cast<long long>(point.tokens));
    CHECK(point.gpus[0] == fleet_of(scenario({"training.tokens=" + tokens})).gpus);
  }
}

TEST_CASE("the range of GPUs is that of validated step times, in whole nodes", "[plan]") {
  const config::Scenario asked = scenario({"training.tokens=500M"});
  const Fleet fleet = fleet_of(asked);
  const double gpus = fleet.estimate.plan.gpus();
  const ErrorInterval ratio =
      interval_of(asked.calibration.errors, footing_of(asked, asked.systems.front().system, gpus));
  CHECK(fleet.p10_gpus == std::ceil(gpus * ratio.p10 / 8) * 8);
  CHECK(fleet.p90_gpus == std::ceil(gpus * ratio.p90 / 8) * 8);
  CHECK(fleet.p10_gpus <= fleet.gpus);
  CHECK(fleet.p90_gpus >= fleet.gpus);
}

}  // namespace
}  // namespace fleetcast
