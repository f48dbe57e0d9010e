// What sizing leaves plans out by, for every system, model, recipe and plan: floors are floors, and
// what is called for the worse is.

#include "sim/engine/pipeline_floor.hpp"
#include "sim/plan/change.hpp"
#include "sim/plan/memory_floor.hpp"
#include "sim/run/forecast.hpp"
#include "sim/step/memory.hpp"
#include "sim/step/network_alike.hpp"
#include "tests/catch.hpp"
#include "tests/contract/random_plans.hpp"

namespace fleetcast {
namespace {

constexpr int kPlans = 5000;
constexpr double kRounding = 1e-9;

/// Of each kind of layer that the model has, by price(kind).
template <class Price>
LayerFloors floors_with(const Pricing& pricing, const Plan& plan, Price&& price) {
  ProgramCache cache;
  const Layout& layout = cache.find_or_cut(pricing, plan);
  LayerFloors out;
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    const auto kind = static_cast<LayerKind>(k);
    if (layout.uses[k])
      out.set(kind, price(kind), may_defer_logits(pricing) && kind == LayerKind::kLogits);
  }
  return out;
}

/// Of layers as they are played.
LayerFloors floors_of(const Pricing& pricing, const Plan& plan) {
  return floors_with(pricing, plan, [&](LayerKind kind) {
    ProgramCache cache;
    const LayerTimes t = play_layer(cache.find_or_lower(kind, pricing, plan));
    return LayerSums{t.forward, t.backward, t.weight_gradients};
  });
}

/// Of their kernels and launches alone.
LayerFloors sums_of(const Pricing& pricing, const Plan& plan) {
  return floors_with(pricing, plan, [&](LayerKind kind) {
    LoweringWorkspace workspace;
    return sum_layer(kind, pricing, plan, workspace);
  });
}

Seconds time_on(const System& system, Pricing pricing, const Plan& plan) {
  ProgramCache cache;
  Step step;
  EngineWorkspace engine;
  pricing.system = &system;
  lower(pricing, plan, cache, step);
  return step_time(step, engine);
}

TEST_CASE("no layer is faster than its kernels, nor than their launches", "[contract]") {
  contract::Draw draw(1);
  Plan plan;
  for (int i = 0; i < kPlans; ++i) {
    const Pricing pricing = draw.next(plan);
    plan.zero = std::min(plan.zero, 2);  // sharded weights are no part of a shape's floors
    INFO(draw.words(pricing, plan));
    const LayerFloors all = floors_of(pricing, plan), kernels = sums_of(pricing, plan);
    for (std::size_t k = 0; k < kLayerKindCount; ++k) {
      CHECK(kernels.through[k].base() <= all.through[k].base() * (1 + kRounding));
      CHECK(kernels.whole[k].base() <= all.whole[k].base() * (1 + kRounding));
    }
  }
}

TEST_CASE("no step is shorter than its pipeline's lines", "[contract]") {
  contract::Draw draw(5);
  Plan plan;
  for (int i = 0; i < kPlans; ++i) {
    const Pricing pricing = draw.next(plan);
    INFO(draw.words(pricing, plan));
    ProgramCache cache;
    Step step;
    EngineWorkspace engine;
    lower(pricing, plan, cache, step);
    const LayerFloors floors = floors_of(pricing, plan);
    const Seconds time = step_time(step, engine);
    PipelineFloor(*step.layout, plan).for_each_line(floors, [&](const PipelineLine& line) {
      const Seconds least = (line.start + line.each * plan.micro_batches) * step.straggler;
      CHECK(least.base() <= time.base() * (1 + kRounding));
    });
  }
}

TEST_CASE("layers said to send alike on two networks take as long on both", "[contract]") {
  contract::Draw draw(6);
  Plan plan;
  int alike = 0;
  for (int i = 0; i < kPlans; ++i) {
    Pricing pricing = draw.next(plan);
    plan.zero = std::min(plan.zero, 2);
    System other = *pricing.system;
    Link& link = other.network.link[static_cast<std::size_t>(i % other.network.tiers)];
    if (i % 2 == 0)
      link.bandwidth *= 0.5;
    else
      link.gpus *= 2.0;
    if (!layers_send_alike(plan, pricing.system->network, other.network)) continue;
    ++alike;
    INFO(draw.words(pricing, plan));
    const LayerFloors before = floors_of(pricing, plan);
    pricing.system = &other;
    const LayerFloors after = floors_of(pricing, plan);
    CHECK(after.through == before.through);
    CHECK(after.whole == before.whole);
  }
  CHECK(alike > kPlans / 20);
  CHECK(alike < kPlans);
}

TEST_CASE("no plan takes less memory than the floor of its pipeline", "[contract]") {
  contract::Draw draw(2);
  Plan plan;
  for (int i = 0; i < kPlans; ++i) {
    const Pricing pricing = draw.next(plan);
    plan.shard_group = 0;
    INFO(draw.words(pricing, plan));
    ProgramCache cache;
    Step step;
    lower_layers(pricing, plan, cache, step);
    const Bytes needed = memory_of(pricing, step).total();
    const PipelineMemory pipeline(*pricing.stack, *step.layout, plan);
    const Bytes floor = pipeline.least(layer_bytes(pricing, plan, {plan.zero}));
    CHECK(floor > Bytes{});
    CHECK(floor.base() <= needed.base() * (1 + kRounding));
  }
}

TEST_CASE("no step is shorter on a host that launches slower", "[contract]") {
  contract::Draw draw(3);
  Plan plan;
  for (int i = 0; i < kPlans; ++i) {
    const Pricing pricing = draw.next(plan);
    INFO(draw.words(pricing, plan));
    System slower = *pricing.system;
    slower.cluster.host_time *= 1.0 + 0.5 * (1 + draw.below(4));
    CHECK(time_on(*pricing.system, pricing, plan).base() <=
          time_on(slower, pricing, plan).base() * (1 + kRounding));
  }
}

TEST_CASE("no run ends sooner on a fleet that fails as often, and as long", "[contract]") {
  contract::Draw draw(4);
  Plan plan;
  for (int i = 0; i < kPlans; ++i) {
    const Setup one{*draw.next(plan).system, nullptr}, other{*draw.next(plan).system, nullptr};
    for (const Change& change : changes()) {
      if (change.key != "reliability" || !change.as_good(one, other)) continue;
      const auto share = [&](const Setup& s) {
        const ReliabilitySpec& r = s.system.cluster.reliability;
        return best_goodput(1.0 / (interruption_rate(r) * plan.gpus()), r.checkpoint, r.restart)
                   .share /
               straggler_of(s.system, {}, plan.gpus());
      };
      CHECK(share(one) >= share(other) * (1 - kRounding));
    }
  }
}

}  // namespace
}  // namespace fleetcast
