// What holds for every step that can be priced, whatever the system, model, recipe and plan.

#include <cmath>
#include <set>
#include <string_view>

#include "sim/engine/analytic.hpp"
#include "sim/step/memory.hpp"
#include "tests/catch.hpp"
#include "tests/contract/random_plans.hpp"

namespace fleetcast {
namespace {

constexpr int kPlans = 5000;
constexpr double kRounding = 1e-9;

struct Played {
  Pricing pricing;
  Plan plan;
  ProgramCache cache;
  Step step;
  EngineWorkspace engine;
  Timeline timeline;
};

template <class Check>
void for_random_steps(unsigned seed, Check&& check) {
  contract::Draw draw(seed);
  std::set<std::string_view> schedules;
  for (int i = 0; i < kPlans; ++i) {
    Played p;
    p.pricing = draw.next(p.plan);
    schedules.insert(p.plan.schedule->key);
    INFO(draw.words(p.pricing, p.plan));
    lower(p.pricing, p.plan, p.cache, p.step);
    p.timeline = play(p.step, p.engine);
    check(p);
  }
  CHECK(schedules.size() == kSchedules.size());
}

TEST_CASE("a breakdown adds up to the step it breaks down, and nothing in it is negative",
          "[contract]") {
  for_random_steps(1, [](const Played& p) {
    const double whole = p.timeline.step_time.base();
    REQUIRE(std::isfinite(whole));
    REQUIRE(whole > 0);
    CHECK(p.timeline.breakdown.total().base() == Approx(whole).epsilon(kRounding));
    for (int i = 0; i < kCostCount; ++i) {
      INFO(key_of(static_cast<Cost>(i)));
      CHECK(p.timeline.breakdown[static_cast<Cost>(i)].base() >= -kRounding * whole);
    }
  });
}

TEST_CASE("no step is shorter than its bound, which search leaves plans out by", "[contract]") {
  for_random_steps(2, [](Played& p) {
    CHECK(step_time_bound(p.step, p.engine).base() <=
          p.timeline.step_time.base() * (1 + kRounding));
  });
}

TEST_CASE("exchange only raises a step's bound", "[contract]") {
  for_random_steps(3, [](Played& p) {
    const Seconds bound = step_time_bound(p.step, p.engine);
    Step early;
    lower_layers(p.pricing, p.plan, p.cache, early);
    CHECK(step_time_bound(early, p.engine) <= bound);
  });
}

TEST_CASE("a step's length alone is that of its timeline", "[contract]") {
  for_random_steps(4, [](Played& p) {
    CHECK(step_time(p.step, p.engine) == p.timeline.step_time);
    CHECK(p.timeline.compute_busy <= p.timeline.step_time * (1 + kRounding));
    CHECK(p.timeline.bubble_share >= -kRounding);
    CHECK(p.timeline.bubble_share < 1);
  });
}

TEST_CASE("a kept cache and workspace change no price", "[contract]") {
  contract::Draw draw(5);
  for (int i = 0; i < 60; ++i) {
    Plan plan;
    const Pricing pricing = draw.next(plan);
    INFO(draw.words(pricing, plan));
    ProgramCache kept;
    EngineWorkspace engine;
    Step step;
    for (const int micro_batches : {plan.micro_batches, 2 * plan.micro_batches}) {
      plan.micro_batches = micro_batches;
      lower(pricing, plan, kept, step);
      const Seconds warm = step_time(step, engine);
      ProgramCache fresh_cache;
      EngineWorkspace fresh;
      Step again;
      lower(pricing, plan, fresh_cache, again);
      CHECK(step_time(again, fresh) == warm);
    }
  }
}

TEST_CASE("the GPU time of a micro-batch is never more than a step spends on it", "[contract]") {
  for_random_steps(6, [](Played& p) {
    const Seconds work = micro_batch_work(p.step, p.engine) * double(p.plan.micro_batches);
    CHECK(work <= p.timeline.pipeline * double(p.plan.pp) * (1 + kRounding));
  });
}

TEST_CASE("memory has no negative part, and the fullest stage is the fullest", "[contract]") {
  for_random_steps(7, [](const Played& p) {
    const MemoryUse use = memory_of(p.pricing, p.step);
    for (const Bytes part : {use.weights, use.gradients, use.optimizer, use.activations,
                             use.working, use.buffers, use.fragmentation})
      CHECK((std::isfinite(part.base()) && part >= Bytes{}));
    for (int s = 0; s < p.plan.pp; ++s)
      CHECK(memory_of_stage(p.pricing, p.step, s).total() <= use.total() * (1 + kRounding));
  });
}

}  // namespace
}  // namespace fleetcast
