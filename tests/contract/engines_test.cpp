// One truth: with contention and noise off, events and formulas take the same time.

#include "sim/config/fixed_plan.hpp"
#include "sim/engine/step/simulate.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/plan/search.hpp"
#include "tests/catch.hpp"
#include "tests/contract/random_plans.hpp"

namespace fleetcast {
namespace {

constexpr double kRounding = 1e-9;
constexpr int kMostBlocks = 256;  // played in full

/// Has one column played task by task, and looks away.
struct Nobody : Observer {
  void name_process(std::uint32_t, std::string_view) override {}
  void name_track(Track, std::string_view) override {}
  void span(Track, std::string_view, std::string_view, Seconds, Seconds) override {}
  void instant(Track, std::string_view, std::string_view, Seconds) override {}
  void counter(std::uint32_t, std::string_view, Seconds, double) override {}
  void flow(std::string_view, Track, Seconds, Track, Seconds) override {}
};

void check_agreement(const Pricing& pricing, const Plan& plan) {
  ProgramCache programs;
  EngineWorkspace workspace;
  Step step;
  lower(pricing, plan, programs, step);
  const StepTraffic traffic = traffic_of(pricing, step);
  const Timeline analytic = play(step, workspace);
  const step::Fabrics fabrics = step::fabrics_of(*pricing.system);
  step::Options options{.contention = false};
  const step::Simulated alone = step::simulate(step, traffic, fabrics, options);
  const double expected = analytic.step_time.base();
  CHECK(alone.timeline.step_time.base() == Approx(expected).epsilon(kRounding));
  CHECK(alone.timeline.breakdown.total().base() == Approx(expected).epsilon(kRounding));
  // Sharded weights on their way end a layer together with other waits: either may have the blame.
  const bool same_stage = alone.timeline.busiest_stage == analytic.busiest_stage;
  for (int i = 0; i < kCostCount && same_stage && plan.zero < 3; ++i) {
    INFO(key_of(static_cast<Cost>(i)));
    CHECK(alone.timeline.breakdown.part[static_cast<std::size_t>(i)].base() ==
          Approx(analytic.breakdown.part[static_cast<std::size_t>(i)].base())
              .margin(kRounding * expected));
  }
  options.contention = true;
  const step::Simulated shared = step::simulate(step, traffic, fabrics, options);
  CHECK(shared.timeline.step_time.base() >= shared.bounds.longest().base());
  const double folded = shared.timeline.step_time.base();
  CHECK(shared.timeline.breakdown.total().base() == Approx(folded).epsilon(kRounding));
  // Where uplinks are shared, the blocks below one switch need not be alike.
  const bool symmetric =
      std::all_of(fabrics.oversubscription.begin(), fabrics.oversubscription.end(),
                  [](double o) { return o <= 1; });
  if (!symmetric || shared.blocks * traffic.columns > kMostBlocks) return;
  options.folded = false;
  CHECK(step::simulate(step, traffic, fabrics, options).timeline.step_time.base() ==
        Approx(folded).epsilon(kRounding));
  Nobody nobody;
  CHECK(step::simulate(step, traffic, fabrics, options, {}, &nobody).timeline.step_time.base() ==
        Approx(folded).epsilon(kRounding));
}

TEST_CASE("events and formulas agree on every scenario where nothing contends", "[contract]") {
  for (const std::string& name : config::names_in("scenarios")) {
    INFO(name);
    const config::Scenario s = config::load_scenario(config::scenario_path(name));
    if (s.spec.gpus == 0) continue;
    const System& system = s.systems.front().system;
    for (const Precision* precision : s.spec.precisions) {
      if (s.spec.plan.tp) {
        const config::FixedPlan own = config::fixed_plan(s);
        check_agreement(pricing_of(s, system, *precision, own.global_batch), own.plan);
        continue;
      }
      const std::array one{precision};
      const SearchResult found = search(s, system, one, {.keep = 1});
      if (found.ranked.empty()) continue;
      const Plan& plan = found.ranked.front().plan;
      check_agreement(pricing_of(s, system, *precision, plan.global_batch()), plan);
    }
  }
}

TEST_CASE("events and formulas agree on plans drawn at random over all tables", "[contract]") {
  contract::Draw draw(1);
  for (int i = 0; i < 1000; ++i) {
    Plan plan;
    const Pricing pricing = draw.next(plan);
    INFO(draw.words(pricing, plan));
    check_agreement(pricing, plan);
  }
}

}  // namespace
}  // namespace fleetcast
