// Every scenario of configs/ answers what it can be asked: a plan, or a fleet for its deadline.

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/fleet.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/plan/search.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

void check_run(const Estimate& e, const config::Scenario& s) {
  REQUIRE(e.misfit.fits());
  CHECK(e.memory.total() <= e.memory_usable);
  CHECK((e.mfu > 0.05 && e.mfu < 1.0));
  CHECK(e.timeline.breakdown.total().base() == Approx(e.timeline.step_time.base()));
  if (s.spec.training.tokens == 0) return;
  CHECK(e.run.days > 0);
  CHECK((e.run.goodput > 0.5 && e.run.goodput <= 1.0));
  CHECK(e.run.p10_days <= e.run.p90_days);
}

Estimate own_plan(const config::Scenario& s) {
  const System& system = s.systems.front().system;
  const config::FixedPlan own = config::fixed_plan(s);
  const Pricing pricing = pricing_of(s, system, *s.spec.precisions.front(), own.global_batch);
  PlanWorkspace workspace;
  return estimate(pricing, own.plan, run_of(s, system, own.plan), workspace);
}

void check_fleets(const config::Scenario& s) {
  for (const Fleet& fleet : size_fleets(s).fleets) {
    const System& system = s.systems[fleet.system].system;
    INFO(system.cluster.name << " " << fleet.precision->key);
    CHECK(fleet.feasible == runs(system, *fleet.precision));
    CHECK(fleet.feasible == fleet.why_not.empty());
    if (!fleet.feasible) continue;
    CHECK(fleet.estimate.run.days * kDay <= s.spec.deadline);
    check_run(fleet.estimate, s);
  }
}

bool has_deadline(const config::Scenario& s) { return s.spec.deadline > Seconds{}; }

TEST_CASE("every scenario with a fleet estimates its own plan or finds one", "[contract]") {
  for (const std::string& name : config::names_in("scenarios")) {
    INFO(name);
    const config::Scenario s = config::load_scenario(config::scenario_path(name));
    REQUIRE((s.spec.gpus > 0 || has_deadline(s)));
    if (s.spec.gpus == 0) continue;
    if (s.spec.plan.tp) {
      check_run(own_plan(s), s);
      continue;
    }
    const SearchResult found = search(s, s.systems.front().system, s.spec.precisions, {.keep = 1});
    REQUIRE(!found.ranked.empty());
    check_run(found.ranked.front(), s);
  }
}

TEST_CASE("every scenario with a deadline sizes its fleets", "[contract]") {
  for (const std::string& name : config::names_in("scenarios")) {
    INFO(name);
    const config::Scenario s = config::load_scenario(config::scenario_path(name));
    if (has_deadline(s)) check_fleets(s);
  }
}

}  // namespace
}  // namespace fleetcast
