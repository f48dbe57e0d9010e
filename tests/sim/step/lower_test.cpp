// What surrounds the layers of a step: states, stages, optimizer, stragglers; and the cache.

#include "tests/catch.hpp"
#include "tests/sim/toy_system.hpp"

namespace fleetcast {
namespace {

using toy::World;

constexpr double kLayerWeights = 4.0 * 128 * 128 + 2.0 * 128 * 512 + 2.0 * 128;

struct Lowered {
  ProgramCache cache;
  Step step;
  Lowered(const World& world, const Plan& plan) { lower(world.pricing, plan, cache, step); }
};

const StateExchange& dense_states(const Lowered& l) {
  return l.step.states[static_cast<std::size_t>(LayerKind::kDense)];
}

TEST_CASE("a layer's gradients are summed over the replicas and its weights gathered", "[step]") {
  const World world;
  Plan plan = toy::plan();
  plan.dp = 4;
  // Three quarters of 4-byte gradients come from others, as do those of 2-byte weights.
  const Lowered sharded(world, plan);
  CHECK(dense_states(sharded).reduce.base() == Approx(0.75 * 4 * kLayerWeights));
  CHECK(dense_states(sharded).gather.base() == Approx(0.75 * 2 * kLayerWeights));
  plan.zero = 0;  // an all-reduce goes round twice, and leaves nothing to gather
  const Lowered whole(world, plan);
  CHECK(dense_states(whole).reduce.base() == Approx(2 * 0.75 * 4 * kLayerWeights));
  CHECK(dense_states(whole).gather == Seconds{});
}

TEST_CASE("one replica exchanges no states", "[step]") {
  const World world;
  const Lowered one(world, toy::plan());
  CHECK(dense_states(one).reduce == Seconds{});
  CHECK(dense_states(one).gather == Seconds{});
}

TEST_CASE("context ranks share their gradients as well", "[step]") {
  const World world;
  Plan plan = toy::plan();
  plan.cp = 2;
  plan.dp = 2;
  CHECK(dense_states(Lowered(world, plan)).reduce.base() == Approx(0.75 * 4 * kLayerWeights));
}

TEST_CASE("hybrid sharding sums a shard over the groups that hold a copy each", "[step]") {
  const World world;
  Plan plan = toy::plan();
  plan.dp = 4;
  plan.zero = 3;
  CHECK(dense_states(Lowered(world, plan)).reduce == Seconds{});
  plan.shard_group = 2;  // half of the gradients, all-reduced over two
  CHECK(dense_states(Lowered(world, plan)).reduce.base() == Approx(0.5 * 4 * kLayerWeights));
}

TEST_CASE("a hop carries one micro-batch's activations, a tensor rank's share of them", "[step]") {
  const World world;
  Plan plan = toy::plan();
  CHECK(Lowered(world, plan).step.hop == Seconds{});
  plan.pp = 2;
  CHECK(Lowered(world, plan).step.hop == Seconds{2.0 * 128 * 128});
  plan.micro_batch = 3;
  CHECK(Lowered(world, plan).step.hop == Seconds{3 * 2.0 * 128 * 128});
  plan.tp = 2;
  CHECK(Lowered(world, plan).step.hop == Seconds{3.0 * 128 * 128});
  plan.cp = 2;
  CHECK(Lowered(world, plan).step.hop == Seconds{1.5 * 128 * 128});
  plan.sequence_parallel = false;
  CHECK(Lowered(world, plan).step.hop == Seconds{3.0 * 128 * 128});
}

TEST_CASE("the optimizer reads and writes its shard, and all local gradients twice", "[step]") {
  World world;
  Gpu slow = toy::gpu();
  slow.hbm_bandwidth = BytesPerSecond{1};
  world.hardware = toy::system(slow);
  const double all = count_parameters(world.transformer).total - 128;  // no final norm on a stage
  Plan plan = toy::plan();
  // States of 12 bytes read and written, the gradient of 4 read, a weight of 2 written.
  CHECK(Lowered(world, plan).step.optimizer.base() == Approx(all * (2 * 12 + 4 + 2 + 2 * 4)));
  plan.dp = 2;
  CHECK(Lowered(world, plan).step.optimizer.base() ==
        Approx(all * (0.5 * (2 * 12 + 4 + 2) + 2 * 4)));
}

TEST_CASE("stages hold the model's parameters once", "[step]") {
  const World world;
  Plan plan = toy::plan();
  for (const int pp : {1, 2, 3, 4}) {
    plan.pp = pp;
    const Lowered l(world, plan);
    double sum = 0;
    for (const ChunkLayers& stage : l.step.layout->stage)
      sum += stage_parameters(l.step, stage).dense;
    CHECK(sum == count_parameters(world.transformer).total - 128);
  }
}

TEST_CASE("modules of multi-token prediction share one output matrix", "[step]") {
  CHECK(copies_of_weights(LayerKind::kLogits, 2) == 1);
  CHECK(copies_of_weights(LayerKind::kLogits, 0) == 0);
  CHECK(copies_of_weights(LayerKind::kDense, 2) == 2);
}

TEST_CASE("a job waits for the slowest of its GPUs, more so the more there are", "[step]") {
  System system = toy::system();
  CHECK(straggler_of(system, {}, 1e5) == 1.0);
  system.cluster.reliability.speed_spread = 0.02;
  CHECK(straggler_of(system, {}, 1) == 1.0);
  double before = 1.0;
  for (double gpus = 2; gpus < 1e6; gpus *= 2) {
    CHECK(straggler_of(system, {}, gpus) > before);
    before = straggler_of(system, {}, gpus);
  }
  CHECK(straggler_of(system, {.straggler = 0.5}, 1000) == Approx(1 + 0.01 * 3.24).epsilon(0.005));
  // Of a thousand normal values the largest is 3.24 deviations out (Tippett 1925).
  CHECK(straggler_of(system, {}, 1000) == Approx(1 + 0.02 * 3.24).epsilon(0.005));
}

TEST_CASE("weights stay or travel in fp8 only where the stack keeps them so", "[step]") {
  World world;
  CHECK(gather_bytes(world.pricing) == 2);
  CHECK(weight_bytes(world.pricing) == 2);
  world.pricing.precision = find_precision("fp8-delayed");
  CHECK(gather_bytes(world.pricing) == 2);
  CHECK(weight_bytes(world.pricing) == 4);  // both orientations beside the bf16 copy
  world.software.fp8_params = true;
  CHECK(gather_bytes(world.pricing) == 1);
  CHECK(weight_bytes(world.pricing) == 2);
}

TEST_CASE("a layer is lowered once for plans that differ elsewhere", "[step]") {
  const World world;
  ProgramCache cache;
  Step first, second;
  Plan plan = toy::plan();
  lower(world.pricing, plan, cache, first);
  const std::size_t kinds = cache.size();
  CHECK(kinds == 3);  // embedding, dense, logits
  plan.dp = plan.pp = 2;
  plan.micro_batches = 8;
  lower(world.pricing, plan, cache, second);
  CHECK(cache.size() == kinds);
  plan.tp = 2;
  lower(world.pricing, plan, cache, second);
  CHECK(cache.size() == 2 * kinds);
  cache.clear();
  CHECK(cache.size() == 0);
}

TEST_CASE("lowering in two parts is lowering", "[step]") {
  const World world;
  Plan plan = toy::plan();
  plan.pp = plan.dp = 2;
  const Lowered whole(world, plan);
  ProgramCache cache;
  Step parts;
  lower_layers(world.pricing, plan, cache, parts);
  CHECK(parts.hop == Seconds{});
  lower_exchange(world.pricing, parts);
  CHECK(parts.hop == whole.step.hop);
  CHECK(parts.optimizer == whole.step.optimizer);
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    CHECK(parts.states[k].reduce == whole.step.states[k].reduce);
    CHECK(parts.states[k].gather == whole.step.states[k].gather);
  }
}

}  // namespace
}  // namespace fleetcast
