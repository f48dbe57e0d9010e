// The best plan of a fleet, against every plan priced without bounds.

#include "sim/plan/search.hpp"

#include <random>

#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using exhaustive::scenario;
using exhaustive::Texts;

SearchResult search_of(const config::Scenario& s, const SearchOptions& options = {}) {
  return search(s, s.systems.front().system, s.spec.precisions, options);
}

long refused(const SearchCounts& counts) {
  long sum = 0;
  for (const RefusedPlans& r : counts.refused) sum += r.count;
  return sum;
}

void check_against_all(const config::Scenario& s, const SearchOptions& options = {}) {
  const SearchResult found = search_of(s, options);
  const exhaustive::Counted all = exhaustive::search(s, options);
  CHECK(found.counts.plans == all.plans);
  CHECK(refused(found.counts) <= all.refused);
  CHECK(found.counts.plans == refused(found.counts) + found.counts.priced + found.counts.pruned);
  CHECK(found.counts.proven_optimal == !found.ranked.empty());
  REQUIRE(found.ranked.size() == all.ranked.size());
  for (std::size_t i = 0; i < found.ranked.size(); ++i) {
    CHECK(found.ranked[i].misfit.fits());
    CHECK(found.ranked[i].plan.gpus() <= s.spec.gpus);
    CHECK(found.ranked[i].plan.gpus() >= s.spec.gpus * (1.0 - s.spec.space.idle));
    for (std::size_t k = 0; k < options.objectives.size(); ++k)
      CHECK(found.use[i][k] == Approx(all.ranked[i].value[k]).epsilon(1e-12));
  }
}

/// Texts of a random list of some of these sizes.
template <class Random>
std::string some_of(const std::vector<std::string>& sizes, Random& random) {
  std::string out;
  for (const std::string& size : sizes)
    if (random() % 2 == 0) out += (out.empty() ? "" : ", ") + size;
  return "[" + (out.empty() ? sizes.front() : out) + "]";
}

template <class Random>
Texts random_sets(Random& random) {
  const auto one_of = [&](const std::vector<std::string>& texts) {
    return texts[random() % texts.size()];
  };
  return {"model=" + one_of({"llama3-8b", "mixtral-8x7b", "gpt3-5b", "qwen3-30b-a3b"}),
          "systems=[" + one_of({"h100-80gb-sxm", "a100-80gb-sxm", "gb200-nvl72"}) + "]",
          "gpus=" + one_of({"8", "16", "48", "64"}),
          "training.seq_len=" + one_of({"2048", "8192"}),
          "training.global_batch=" + one_of({"64", "96", "250"}),
          "training.batch_tolerance=" + one_of({"0", "0.05"}),
          "stack=" + one_of({"megatron-bridge 26.02", "megatron-lm 2022", "nemo 25.05"}),
          "space.tp=" + some_of({"1", "2", "4", "8"}, random),
          "space.cp=" + some_of({"1", "2"}, random),
          "space.pp=" + some_of({"1", "2", "4", "5"}, random),
          "space.vp=" + some_of({"1", "2", "3"}, random),
          "space.ep=" + one_of({"[1, 2]", "[1]", "[1, 8]"}),
          "space.etp=" + one_of({"[1]", "[1, 2]"}),
          "space.micro_batch=" + some_of({"1", "2", "3"}, random),
          "space.zero=" + some_of({"0", "1", "3"}, random),
          "space.idle=" + one_of({"0", "0", "0.2"}),
          "space.shard_group=" + one_of({"[]", "[0, 2, 4]"}),
          "space.schedule=" +
              some_of({"1f1b", "interleaved", "gpipe", "zero_bubble_h1", "dualpipe_v"}, random)};
}

TEST_CASE("the best found is the best there is, in 200 random spaces", "[plan]") {
  std::mt19937_64 random(1);
  const std::vector<std::vector<const Objective*>> goals{
      {&kStepTime}, {&kStepEnergy}, {&kStepCost}, {&kStepTime, &kStepEnergy}};
  int with_plans = 0;
  for (int i = 0; i < 200; ++i) {
    const Texts sets = random_sets(random);
    const SearchOptions options{.keep = 1 + static_cast<int>(random() % 10),
                                .objectives = goals[random() % goals.size()]};
    std::string words;
    for (const std::string& set : sets) words += set + " ";
    INFO(words);
    check_against_all(scenario(sets), options);
    with_plans += search_of(scenario(sets)).ranked.empty() ? 0 : 1;
  }
  CHECK(with_plans > 50);
}

TEST_CASE("every recipe of the scenario is searched, the best is of the fastest", "[plan]") {
  const Texts sets{"precisions=[bf16, fp8-delayed]", "space.tp=[1, 2]", "space.micro_batch=[1]"};
  check_against_all(scenario(sets));
  const SearchResult both = search_of(scenario(sets));
  CHECK(both.ranked.front().precision->key == "fp8-delayed");
  const SearchResult one = search_of(scenario({"space.tp=[1, 2]", "space.micro_batch=[1]"}));
  CHECK(both.counts.plans == 2 * one.counts.plans);
}

TEST_CASE("fixed sizes narrow the search", "[plan]") {
  const config::Scenario s = scenario({}, "{tp: 2, zero: 3, micro_batch: 1}");
  check_against_all(s);
  for (const Estimate& e : search_of(s).ranked) CHECK((e.plan.tp == 2 && e.plan.zero == 3));
}

TEST_CASE("a fleet too small for the model has no plan, and says what misses least", "[plan]") {
  const config::Scenario s = scenario({"model=llama3.1-405b", "gpus=8"});
  const SearchResult found = search_of(s);
  CHECK(found.ranked.empty());
  CHECK_FALSE(found.counts.proven_optimal);
  CHECK(found.counts.priced == 0);
  bool memory = false;
  for (const RefusedPlans& r : found.counts.refused) {
    if (r.reason != "memory") continue;
    memory = true;
    CHECK(r.example.needed > r.example.available);
    CHECK(r.example.needed < 1000);  // a stage of one node holds an eighth of 405 B parameters
  }
  CHECK(memory);
}

TEST_CASE("each ranked layout stands once, with its best settings", "[plan]") {
  const config::Scenario s = scenario();
  const SearchResult ten = search_of(s), one = search_of(s, {.keep = 1});
  REQUIRE(ten.ranked.size() == 10);
  REQUIRE(one.ranked.size() == 1);
  CHECK(one.ranked.front().timeline.step_time == ten.ranked.front().timeline.step_time);
  CHECK(one.counts.pruned >= ten.counts.pruned);
  CHECK(one.counts.plans == ten.counts.plans);
  for (std::size_t i = 0; i < 10; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Plan &a = ten.ranked[i].plan, &b = ten.ranked[j].plan;
      CHECK_FALSE((a.tp == b.tp && a.cp == b.cp && a.pp == b.pp && a.vp == b.vp && a.dp == b.dp &&
                   a.micro_batch == b.micro_batch));
    }
}

TEST_CASE("results and counts do not depend on the number of threads", "[plan]") {
  const config::Scenario s = scenario({"model=mixtral-8x7b", "gpus=64"});
  const SearchResult one = search_of(s, {.threads = 1}), three = search_of(s, {.threads = 3});
  CHECK(one.use == three.use);
  CHECK(one.counts.plans == three.counts.plans);
  CHECK(one.counts.priced == three.counts.priced);
  CHECK(one.counts.pruned == three.counts.pruned);
}

TEST_CASE("of a Pareto set no plan beats another in all", "[plan]") {
  const SearchResult found =
      search_of(scenario({"model=mixtral-8x7b"}), {.objectives = {&kStepTime, &kStepEnergy}});
  REQUIRE_FALSE(found.ranked.empty());
  for (std::size_t i = 1; i < found.use.size(); ++i) {
    CHECK(found.use[i - 1][0] < found.use[i][0]);
    CHECK(found.use[i - 1][1] > found.use[i][1]);
  }
}

TEST_CASE("the scenario's own plan is compared with the best, not a limit of the space", "[plan]") {
  const config::Scenario s = scenario({}, "{tp: 8, pp: 2, micro_batch: 1}");
  const SearchResult found = search_of(s);
  CHECK(found.own_ratio >= 1.0);
  CHECK(found.own_ratio ==
        Approx(found.own.timeline.step_time / found.ranked.front().timeline.step_time));
  CHECK(found.counts.plans == search_of(scenario()).counts.plans);
}

TEST_CASE("a batch within its tolerance lets more plans divide it", "[plan]") {
  const auto undivided = [](const Texts& sets) {
    for (const RefusedPlans& r : search_of(scenario(sets)).counts.refused)
      if (r.reason == "dp_batch") return r.count;
    return 0L;
  };
  CHECK(undivided({"training.global_batch=61", "training.batch_tolerance=0.1"}) <
        undivided({"training.global_batch=61"}));
}

}  // namespace
}  // namespace fleetcast
