#include "sim/plan/estimate.hpp"

#include "tests/catch.hpp"
#include "tests/sim/toy_system.hpp"

namespace fleetcast {
namespace {

using toy::World;

Estimate estimated(const World& world, const Plan& plan, const RunInput& run = {}) {
  PlanWorkspace workspace;
  return estimate(world.pricing, plan, run, workspace);
}

std::string_view refusal(const World& world, const Plan& plan) {
  const Estimate e = estimated(world, plan);
  return e.misfit.fits() ? "" : e.misfit.reason->key;
}

TEST_CASE("a chip of 1 FLOP/s reaches the model's FLOPs over those it executes", "[plan]") {
  const World world;
  const Estimate e = estimated(world, toy::plan());
  REQUIRE(e.misfit.fits());
  // Three times the linears, and 3.5 times the scores: flash attention computes them once more.
  const double linears = 4 * toy::kLinears + toy::kLogits, scores = 4 * toy::kScores;
  CHECK(e.timeline.step_time.base() == Approx(3 * linears + 3.5 * scores));
  CHECK(e.model_flops.base() == Approx(3 * (linears + scores)));
  CHECK(e.mfu == Approx(3 * (linears + scores) / (3 * linears + 3.5 * scores)));
  CHECK(e.mfu_bf16 == e.mfu);
  CHECK(e.tokens_per_step == 128);
  CHECK(e.tokens_per_s_per_gpu == Approx(128 / (3 * linears + 3.5 * scores)));
}

TEST_CASE("rates are those of one GPU of many", "[plan]") {
  World world;
  world.hardware = toy::system(toy::gpu(), BytesPerSecond{toy::kInfinite});
  Plan plan = toy::plan();
  const Estimate one = estimated(world, plan);
  plan.dp = 4;
  const Estimate four = estimated(world, plan);
  CHECK(four.tokens_per_step == 4 * one.tokens_per_step);
  CHECK(four.tokens_per_s_per_gpu == Approx(one.tokens_per_s_per_gpu));
  CHECK(four.mfu == Approx(one.mfu));
}

TEST_CASE("a workspace that was cleared knows nothing of the chip, the model or the layout before",
          "[plan]") {
  World one;
  World slower{toy::model(6)};
  slower.hardware.gpu.peak.bf16 = 0.5 * one.hardware.gpu.peak.bf16;
  slower.hardware = toy::system(slower.hardware.gpu);
  Plan plan = toy::plan();
  plan.pp = 2;
  plan.micro_batches = 4;
  Plan by_hand = plan;
  std::vector<ChunkLayers> layout(2);
  by_hand.layout = &layout;
  PlanWorkspace kept;
  for (const int first : {1, 3, 2}) {
    layout[0].count = {static_cast<short>(first), 0, 1, 0, 0};
    layout[1].count = {static_cast<short>(4 - first), 0, 0, 1, 0};
    for (const World* world : {&one, &slower})
      for (const Plan& p : {plan, by_hand}) {
        kept.clear();
        const Estimate again = estimate(world->pricing, p, {}, kept);
        const Estimate fresh = estimated(*world, p);
        CHECK(again.timeline.step_time == fresh.timeline.step_time);
        CHECK(again.timeline.breakdown.part == fresh.timeline.breakdown.part);
        CHECK(again.memory.total() == fresh.memory.total());
      }
  }
  CHECK(estimated(one, plan).timeline.step_time != estimated(slower, plan).timeline.step_time);
}

TEST_CASE("what a plan is checked against comes in order: format, division, schedule, memory",
          "[plan]") {
  World world;
  world.hardware.gpu.memory_usable = Bytes{1};
  Plan plan = toy::plan();
  CHECK(refusal(world, plan) == "memory");
  plan.schedule = &kInterleaved;
  CHECK(refusal(world, plan) == "chunks");
  plan.tp = 3;
  CHECK(refusal(world, plan) == "tp_heads");
  world.pricing.precision = find_precision("nvfp4");
  CHECK(refusal(world, plan) == "format");
}

TEST_CASE("a plan fits in exactly what it needs, not in one byte less", "[plan]") {
  World world;
  const Bytes needed = estimated(world, toy::plan()).memory.total();
  world.hardware.gpu.memory_usable = needed;
  CHECK(refusal(world, toy::plan()).empty());
  world.hardware.gpu.memory_usable = needed - Bytes{1};
  CHECK(refusal(world, toy::plan()) == "memory");
}

TEST_CASE("what does not fit is priced all the same, what cannot be is not", "[plan]") {
  World world;
  const Seconds time = estimated(world, toy::plan()).timeline.step_time;
  world.hardware.gpu.memory_usable = Bytes{1};
  const Estimate big = estimated(world, toy::plan());
  CHECK(big.timeline.step_time == time);
  CHECK(big.misfit.available == Approx(1.0 / (1024.0 * 1024 * 1024)));
  CHECK(big.misfit.needed == Approx(big.memory.total() / kGiB));
  Plan plan = toy::plan();
  plan.tp = 3;
  CHECK(estimated(world, plan).timeline.step_time == Seconds{});
}

TEST_CASE("a microscaling recipe wants tensor cores that scale", "[plan]") {
  World world;
  Gpu hopper = toy::gpu();
  hopper.peak.fp8 = FlopsPerSecond{2};
  world.hardware = toy::system(hopper);
  world.pricing.precision = find_precision("mxfp8");
  CHECK(refusal(world, toy::plan()) == "format");
  world.hardware.gpu.microscaling = true;
  CHECK(refusal(world, toy::plan()).empty());
}

TEST_CASE("a run is its steps", "[plan]") {
  const World world;
  RunInput run;
  run.tokens = 1280;
  run.tokens_per_step = 128;
  run.gpus = run.fleet_gpus = 1;
  const Estimate e = estimated(world, toy::plan(), run);
  CHECK(e.run.steps == 10);
  CHECK((e.run.days * kDay).base() == Approx(10 * e.timeline.step_time.base()));
  CHECK(e.fleet_gpus == 1);
}

}  // namespace
}  // namespace fleetcast
