// What each difference between two systems is worth.

#include "sim/plan/waterfall.hpp"

#include <numeric>

#include "models/cost/schedule.hpp"
#include "sim/plan/fleet.hpp"
#include "sim/plan/pricing.hpp"
#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using exhaustive::scenario;
using exhaustive::Texts;

/// A space of few plans, which two nodes and more can run.
config::Scenario on(const std::string& system, const Texts& more = {}) {
  Texts sets{"systems=[" + system + "]",  "space.tp=[1, 2, 8]", "space.pp=[1, 2]",
             "training.tokens=5T",        "deadline=30 days",   "space.cp=[1]",
             "training.global_batch=2048"};
  sets.insert(sets.end(), more.begin(), more.end());
  return scenario(sets, "{}");
}

Setup setup(const config::Scenario& s, const char* precision = "bf16") {
  return {s.systems.front().system, find_precision(precision)};
}

ChangeSet all_changes() { return (ChangeSet{1} << changes().size()) - 1; }

ChangeSet only(std::string_view key) {
  for (std::size_t i = 0; i < changes().size(); ++i)
    if (changes()[i].key == key) return ChangeSet{1} << i;
  return 0;
}

double product(const std::vector<ChangeShare>& shares) {
  return std::accumulate(shares.begin(), shares.end(), 1.0,
                         [](double p, const ChangeShare& s) { return p * s.factor; });
}

double sum(const std::vector<ChangeShare>& shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0,
                         [](double p, const ChangeShare& s) { return p + s.gpus; });
}

TEST_CASE("players that add up get what they add", "[plan]") {
  // 1, 2 and 4, each set the sum of its own.
  CHECK_THAT(shapley({0, 1, 2, 3, 4, 5, 6, 7}, 3),
             Catch::Approx(std::vector<double>{1, 2, 4}).margin(1e-12));
}

TEST_CASE("a pair of gloves: the one right hand gets two thirds", "[plan]") {
  // Shapley's own example: two left gloves, players 0 and 1, one right glove, player 2.
  CHECK_THAT(shapley({0, 0, 0, 0, 0, 1, 1, 1}, 3),
             Catch::Approx(std::vector<double>{1.0 / 6, 1.0 / 6, 4.0 / 6}).margin(1e-12));
}

TEST_CASE("with every change made a system is the other", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm"), gb200 = on("gb200-nvl72");
  const Setup made = combine(setup(h100), setup(gb200, "mxfp8"), all_changes());
  const Setup to = setup(gb200, "mxfp8");
  CHECK(made.precision == to.precision);
  CHECK(made.system.gpu.peak.fp8 == to.system.gpu.peak.fp8);
  CHECK(made.system.gpu.memory_usable == to.system.gpu.memory_usable);
  CHECK(made.system.gpu.hbm_bandwidth == to.system.gpu.hbm_bandwidth);
  CHECK(made.system.curves.name == to.system.curves.name);
  REQUIRE(made.system.cluster.tiers.size() == to.system.cluster.tiers.size());
  for (std::size_t t = 0; t < to.system.cluster.tiers.size(); ++t) {
    CHECK(made.system.cluster.tiers[t].gpus == to.system.cluster.tiers[t].gpus);
    CHECK(made.system.cluster.tiers[t].bandwidth == to.system.cluster.tiers[t].bandwidth);
    CHECK(made.system.fabrics[t].name == to.system.fabrics[t].name);
  }
  CHECK(made.system.cluster.host_time == to.system.cluster.host_time);
  CHECK(made.system.cluster.order_gpus == 72);
}

TEST_CASE("a recipe that the mixture's chip lacks is not taken", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm"), gb200 = on("gb200-nvl72");
  const Setup from = setup(h100), to = setup(gb200, "mxfp8");
  CHECK(combine(from, to, only("precision")).precision == from.precision);
  CHECK(combine(from, to, only("precision") | only("chip")).precision == to.precision);
}

TEST_CASE("network tiers nest in a mixture", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm"), gb200 = on("gb200-nvl72");
  const Setup made = combine(setup(h100), setup(gb200), only("domain"));
  CHECK(made.system.cluster.tiers[0].gpus == 72);
  CHECK(made.system.cluster.tiers[1].gpus == 216);  // three domains of a rail's 256
  CHECK(made.system.cluster.tiers[0].bandwidth ==
        h100.systems.front().system.cluster.tiers[0].bandwidth);
}

TEST_CASE("shares multiply and add up to the whole, whichever way one looks", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm"), b200 = on("b200");
  const Setup from = setup(h100), to = setup(b200, "mxfp8");
  const Waterfall down = explain_fleets(h100, from, to, {.threads = 1});
  REQUIRE(down.is_complete());
  CHECK(product(down.shares) == Approx(down.ratio()).epsilon(1e-12));
  CHECK(sum(down.shares) == Approx(down.to_gpus - down.from_gpus).epsilon(1e-12));
  CHECK(down.ratio() < 1);
  CHECK(explain_fleets(h100, from, to, {.threads = 2}).corners == down.corners);

  const config::Scenario plan = on("b200", {"precisions=[mxfp8]"});
  CHECK(size_fleets(plan).fleets.front().gpus == down.to_gpus);

  const Waterfall up = explain_fleets(h100, setup(b200), from, {.threads = 1});
  for (const ChangeShare& share : up.shares) CHECK(share.change->key != "precision");
}

TEST_CASE("what two systems share has no share", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm");
  const Waterfall none = explain_fleets(h100, setup(h100), setup(h100));
  CHECK(none.shares.empty());
  CHECK(none.ratio() == 1);
  const Waterfall recipe = explain_fleets(h100, setup(h100), setup(h100, "fp8-delayed"));
  REQUIRE(recipe.shares.size() == 1);
  CHECK(recipe.shares[0].change->key == "precision");
  CHECK(recipe.shares[0].factor == Approx(recipe.ratio()));
  CHECK(recipe.shares[0].alone == Approx(recipe.ratio()));
  CHECK(recipe.shares[0].last == Approx(recipe.ratio()));
}

TEST_CASE("a mixture without a fleet leaves no shares, and is named", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm", {"deadline=1 h", "training.tokens=1000T"});
  const Waterfall w = explain_fleets(h100, setup(h100), setup(h100, "fp8-delayed"));
  CHECK(w.shares.empty());
  REQUIRE(w.infeasible.size() == 2);
  CHECK(w.infeasible[0].empty());
}

TEST_CASE("a mixture sized among others has the fleet that it has alone", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm"), gb200 = on("gb200-nvl72");
  const Setup from = setup(h100), to = setup(gb200, "mxfp8");
  const Waterfall all = explain_fleets(h100, from, to, {.threads = 1});
  std::vector<const Change*> differing;
  for (const ChangeShare& share : all.shares) differing.push_back(share.change);
  for (ChangeSet chosen = 0; chosen < all.corners.size(); chosen += 7) {
    ChangeSet made = 0;
    for (std::size_t i = 0; i < differing.size(); ++i)
      if ((chosen >> i & 1U) != 0) made |= only(differing[i]->key);
    config::Scenario alone = h100;
    const Setup mixture = combine(from, to, made);
    alone.systems.front().system = mixture.system;
    alone.spec.precisions = {mixture.precision};
    INFO(chosen);
    CHECK(size_fleets(alone, {.answer_only = true}).fleets.front().gpus == all.corners[chosen]);
  }
}

/// A step of one plan, and a layer of it in kernels and launches alone.
struct StepTimes {
  Seconds whole{}, kernels{};
};

StepTimes steps_on(const config::Scenario& scenario, const System& system) {
  const Plan plan{.tp = 8, .pp = 2, .dp = 4, .micro_batches = 512, .schedule = &kOneFOneB};
  PlanWorkspace workspace;
  const Pricing pricing = pricing_of(scenario, system, kBf16, 2048);
  const Seconds whole = estimate(pricing, plan, {}, workspace).timeline.step_time;
  const LayerSums layer = workspace.programs.sum(LayerKind::kDense, pricing, plan);
  return {whole, layer.forward + layer.backward};
}

TEST_CASE("what a change is said not to price has the same price after it", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm"), gb200 = on("gb200-nvl72");
  const StepTimes before = steps_on(h100, h100.systems.front().system);
  for (const Change& change : changes()) {
    Setup changed = setup(h100);
    change.take(changed, setup(gb200));
    const StepTimes after = steps_on(h100, changed.system);
    INFO(change.key);
    if (change.reprices == Reprices::kNothing) CHECK(after.whole == before.whole);
    if (change.reprices <= Reprices::kExchanges) CHECK(after.kernels == before.kernels);
  }
}

TEST_CASE("what is as good as another takes no more GPUs", "[plan]") {
  const config::Scenario h100 = on("h100-80gb-sxm"), gb200 = on("gb200-nvl72");
  const Setup a = setup(h100), b = setup(gb200);
  for (const Change& change : changes()) {
    if (change.as_good == nullptr) continue;
    INFO(change.key);
    CHECK(change.as_good(a, a));
    const bool better = change.as_good(b, a);
    if (!better && !change.as_good(a, b)) continue;
    const auto gpus_with = [&](ChangeSet made) {
      config::Scenario alone = h100;
      alone.systems.front().system = combine(a, b, made).system;
      return size_fleets(alone, {.answer_only = true}).fleets.front().estimate.plan.gpus();
    };
    const int with = gpus_with(only(change.key)), without = gpus_with(0);
    CHECK((better ? with <= without : with >= without));
  }
}

}  // namespace
}  // namespace fleetcast
