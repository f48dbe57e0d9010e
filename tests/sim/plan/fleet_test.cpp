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
using exhaustive::soonest_on;
using exhaustive::Texts;

constexpr int kDraws = 40;
constexpr int kMost = 192;  // fleets that are asked one by one where none is found

Fleet fleet_of(const config::Scenario& s) { return size_fleets(s).fleets.front(); }

/// A space small enough to price every plan of every fleet.
Texts in_small_space(Texts sets) {
  const Texts space{"space.tp=[1, 2, 4]", "space.cp=[1, 2]",
                    "space.pp=[1, 2, 4]", "space.vp=[1, 2]",
                    "space.ep=[1, 2, 8]", "space.etp=[1, 2]",
                    "space.zero=[0, 1]",  "space.micro_batch=[1, 2, 3]"};
  sets.insert(sets.begin(), space.begin(), space.end());
  return sets;
}

/// The proof: one node or domain less, at the best of any of its numbers of GPUs.
void check_smaller(const config::Scenario& s, const Fleet& fleet, double order) {
  double best = 0;
  for (int gpus = 1; gpus <= fleet.gpus - order; ++gpus) {
    const double days = soonest_on(s, gpus) / kDay;
    if (days > 0 && (best == 0 || days < best)) best = days;
  }
  CHECK(fleet.smaller.days == Approx(best).epsilon(1e-9));
  CHECK((fleet.smaller.days == 0 || fleet.smaller.days * kDay > s.spec.deadline));
}

void check_smallest(const Texts& changes, const char* plan = "{}") {
  const Texts sets = in_small_space(changes);
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
  CHECK(e.run.days == Approx(soonest_on(s, e.plan.gpus()) / kDay).epsilon(1e-9));
  check_smaller(s, fleet, order);
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

TEST_CASE("candidates of a space may stand in any order", "[plan]") {
  // One stage of 13 B parameters fits into 20 GB with sharded weights alone.
  const auto gpus = [](const char* zero) {
    const Fleet fleet =
        fleet_of(scenario({"training.tokens=1M", "deadline=100 days", "model=llama2-13b",
                           "gpu.memory_usable=20 GB", "space.tp=[1]", "space.pp=[1]", zero}));
    return fleet.feasible ? fleet.estimate.plan.gpus() : 0;
  };
  CHECK(gpus("space.zero=[0, 3]") > 0);
  CHECK(gpus("space.zero=[3, 0]") == gpus("space.zero=[0, 3]"));
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
              {"{}", "{zero: 2}", "{zero: 3}", "{recompute: none}", "{micro_batch: 2}",
               "{schedule: zero_bubble_h1}", "{schedule: gpipe}", "{schedule: dualpipe_v}"});
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
    for (const OtherJob& point : answer.tokens)
      CHECK(
          (point.tokens < s.spec.training.tokens ? point.gpus[0] <= gpus : point.gpus[0] >= gpus));
  }
}

TEST_CASE("other amounts of training are sized as if they had been asked for", "[plan]") {
  const FleetAnswer answer = size_fleets(scenario({"training.tokens=400M"}));
  CHECK(answer.tokens.size() >= 3);
  for (const OtherJob& point : answer.tokens) {
    const std::string tokens = std::to_string(static_cast<long long>(point.tokens));
    CHECK(point.gpus[0] == fleet_of(scenario({"training.tokens=" + tokens})).gpus);
  }
}

TEST_CASE("other deadlines are sized as if they had been asked for", "[plan]") {
  const Texts sets{"training.tokens=400M", "deadlines=[30 min, 2 h, 1 s]"};
  const FleetAnswer answer = size_fleets(scenario(sets));
  REQUIRE(answer.deadlines.size() == 3);
  const auto alone = [](const char* deadline) {
    return fleet_of(scenario({"training.tokens=400M", std::string("deadline=") + deadline})).gpus;
  };
  CHECK(answer.deadlines[0].gpus[0] == alone("30 min"));
  CHECK(answer.deadlines[1].gpus[0] == alone("2 h"));
  CHECK(answer.deadlines[0].gpus[0] > answer.deadlines[1].gpus[0]);
  CHECK(answer.deadlines[2].gpus[0] == 0);
}

TEST_CASE("a curve has fleets around the answer, each no slower than a smaller one", "[plan]") {
  const config::Scenario s = scenario({"training.tokens=400M"});
  const Fleet fleet = size_fleets(s, {.curve = true}).fleets.front();
  REQUIRE(fleet.curve.size() == 9);
  CHECK(fleet.curve[4].gpus == fleet.gpus);
  CHECK(fleet.curve[4].days <= fleet.estimate.run.days);
  CHECK(fleet.curve[8].gpus == 4 * fleet.gpus);
  for (std::size_t i = 1; i < 9; ++i) CHECK(fleet.curve[i].days <= fleet.curve[i - 1].days);
  CHECK(fleet_of(s).curve.empty());
}

TEST_CASE("fleets do not depend on the number of threads", "[plan]") {
  const config::Scenario s = scenario({"training.tokens=400M", "precisions=[bf16, fp8-delayed]"});
  const FleetAnswer one = size_fleets(s, {.threads = 1}), three = size_fleets(s, {.threads = 3});
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(one.fleets[i].gpus == three.fleets[i].gpus);
    CHECK(one.fleets[i].estimate.run.days == three.fleets[i].estimate.run.days);
    CHECK(one.fleets[i].counts.priced == three.fleets[i].counts.priced);
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
