// The best plan of a fleet, against every plan priced without bounds.

#include "sim/plan/search.hpp"

#include <random>

#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using exhaustive::scenario;
using exhaustive::Texts;

SearchResult search_of(const config::Scenario& s, int keep = 10) {
  return search(s, s.systems.front().system, *s.spec.precisions.front(), {.keep = keep});
}

long refused(const SearchCounts& counts) {
  long sum = 0;
  for (const RefusedPlans& r : counts.refused) sum += r.count;
  return sum;
}

void check_against_all(const config::Scenario& s) {
  const SearchResult found = search_of(s);
  const exhaustive::Counted all = exhaustive::search(s);
  CHECK(found.counts.plans == all.plans);
  CHECK(refused(found.counts) == all.refused);
  CHECK(found.counts.plans == refused(found.counts) + found.counts.priced + found.counts.pruned);
  CHECK(found.counts.proven_optimal == !found.ranked.empty());
  CHECK(found.ranked.empty() == (all.best_time == 0));
  if (found.ranked.empty()) return;
  // Plans may differ in batch within its tolerance: the fewest seconds a sequence win.
  const auto per_sequence = [](const Estimate& e) {
    return e.timeline.step_time.base() / e.plan.global_batch();
  };
  CHECK(per_sequence(found.ranked.front()) == Approx(all.best_time).epsilon(1e-12));
  for (std::size_t i = 1; i < found.ranked.size(); ++i)
    CHECK(per_sequence(found.ranked[i - 1]) <= per_sequence(found.ranked[i]) * (1.0 + 1e-12));
  for (const Estimate& e : found.ranked) CHECK((e.misfit.fits() && e.plan.gpus() == s.spec.gpus));
}

TEST_CASE("the best found is the best there is", "[plan]") {
  std::mt19937_64 random(1);
  const auto one_of = [&](const std::vector<std::string>& texts) {
    return texts[random() % texts.size()];
  };
  for (int i = 0; i < 60; ++i) {
    const Texts sets{"model=" + one_of({"llama3-8b", "mixtral-8x7b", "gpt3-5b", "llama2-13b"}),
                     "systems=[" + one_of({"h100-80gb-sxm", "a100-80gb-sxm", "gb200-nvl72"}) + "]",
                     "gpus=" + one_of({"8", "16", "48", "64"}),
                     "training.seq_len=" + one_of({"2048", "8192"}),
                     "training.global_batch=" + one_of({"64", "96", "250"}),
                     "training.batch_tolerance=" + one_of({"0", "0.05"})};
    std::string words;
    for (const std::string& set : sets) words += set + " ";
    INFO(words);
    check_against_all(scenario(sets));
  }
}

TEST_CASE("fixed sizes narrow the search", "[plan]") {
  const config::Scenario s = scenario({}, "{tp: 2, zero: 2}");
  check_against_all(s);
  for (const Estimate& e : search_of(s).ranked) CHECK((e.plan.tp == 2 && e.plan.zero == 2));
}

TEST_CASE("a fleet too small for the model has no plan, and says why", "[plan]") {
  const config::Scenario s = scenario({"model=llama3.1-405b", "gpus=8"});
  check_against_all(s);
  const SearchResult found = search_of(s);
  CHECK(found.ranked.empty());
  CHECK(found.counts.priced == 0);
  bool memory = false;
  for (const RefusedPlans& r : found.counts.refused) memory = memory || r.reason == "memory";
  CHECK(memory);
}

TEST_CASE("keeping one plan prunes more and finds the same", "[plan]") {
  const config::Scenario s = scenario();
  const SearchResult ten = search_of(s), one = search_of(s, 1);
  CHECK(ten.ranked.size() == 10);
  REQUIRE(one.ranked.size() == 1);
  CHECK(one.ranked.front().timeline.step_time == ten.ranked.front().timeline.step_time);
  CHECK(one.counts.pruned >= ten.counts.pruned);
  CHECK(one.counts.plans == ten.counts.plans);
}

TEST_CASE("the scenario's own plan is placed among all, not a limit of the space", "[plan]") {
  const config::Scenario s = scenario({}, "{tp: 8, pp: 2, micro_batch: 1}");
  const SearchResult found = search_of(s);
  check_against_all(s);
  REQUIRE(found.own_rank > 0);
  CHECK(found.own_ratio >= 1.0);
  CHECK(found.own_ratio ==
        Approx(found.own.timeline.step_time / found.ranked.front().timeline.step_time));
  // As many plans are faster as its rank says.
  long faster = 0;
  PlanWorkspace workspace;
  const System& system = s.systems.front().system;
  config::Scenario open = s;
  open.spec.plan = {};
  exhaustive::for_each_plan(s, space_of(open, system), 16, [&](const Plan& plan, double batch) {
    const Estimate e =
        estimate(pricing_of(s, system, kBf16, batch), plan, run_of(s, system, plan), workspace);
    faster += e.misfit.fits() && e.timeline.step_time < found.own.timeline.step_time ? 1 : 0;
  });
  CHECK(found.own_rank == 1 + faster);
}

TEST_CASE("a batch within its tolerance lets more plans divide it", "[plan]") {
  const Texts exact{"training.global_batch=61"};
  const Texts near{"training.global_batch=61", "training.batch_tolerance=0.1"};
  CHECK(refused(search_of(scenario(near)).counts) < refused(search_of(scenario(exact)).counts));
}

}  // namespace
}  // namespace fleetcast
