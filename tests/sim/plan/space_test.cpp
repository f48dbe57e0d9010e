#include "sim/plan/space.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using Sizes = std::vector<int>;
using exhaustive::scenario;
using exhaustive::Texts;

Space space_of_small(const Texts& sets = {}, const char* plan = "{}") {
  const config::Scenario s = scenario(sets, plan);
  return space_of(s, s.systems.front().system);
}

long shapes_of(const Space& space) {
  long count = 0;
  for_each_layer_base(space, [&](const Plan&) { ++count; });
  return count;
}

TEST_CASE("divisors come in order", "[plan]") {
  CHECK(divisors(1) == Sizes{1});
  CHECK(divisors(12) == Sizes{1, 2, 3, 4, 6, 12});
  CHECK(divisors(13) == Sizes{1, 13});
}

TEST_CASE("an open dense plan has every power of two and every even cut", "[plan]") {
  const Space space = space_of_small();  // 32 layers, 32 heads, a batch of 64
  CHECK(space.tp == Sizes{1, 2, 4, 8, 16, 32});
  CHECK(space.cp == Sizes{1, 2, 4, 8, 16, 32, 64});
  CHECK(space.pp == Sizes{1, 2, 4, 8, 16, 17, 32});  // 17 x 2 = 32 layers and both ends
  CHECK(space.ep == Sizes{1});
  CHECK(space.etp == Sizes{1});
  CHECK(space.micro_batch == Sizes{1, 2, 4, 8, 16, 32, 64});
  CHECK(space.zero == Sizes{0, 1});
  CHECK(space.schedule == std::vector<const Schedule*>{&kOneFOneB, &kInterleaved});
  // Core attention, norms and either of activations and MLP or none: 2 x 2 x 3 sets; whole layers.
  CHECK(space.recompute.size() == 13);
  CHECK((space.recompute.front() == Recompute{} && space.recompute.back().full));
  // One tensor rank has no sequence parallelism to choose.
  CHECK(shapes_of(space) == (1 + 5 * 2) * 7 * 7);
}

TEST_CASE("a fleet that does not divide may leave a few GPUs idle, as few as it can", "[plan]") {
  Plan plan;
  plan.tp = 8, plan.pp = 2, plan.micro_batch = 1;  // 16 GPUs a replica, a batch of 64
  CHECK_FALSE(spread(space_of_small(), 72, plan));
  CHECK_FALSE(spread(space_of_small({"space.idle=10 %"}), 72, plan));  // 4 replicas leave 8 of 72
  CHECK(spread(space_of_small({"space.idle=12 %"}), 72, plan));
  CHECK((plan.dp == 4 && plan.micro_batches == 16));
  CHECK(spread(space_of_small({"space.idle=20 %"}), 160, plan));  // 10 and 9 do not divide 64
  CHECK(plan.dp == 8);
}

TEST_CASE("micro-batches divide the batch, or are powers of two", "[plan]") {
  CHECK(space_of_small({"training.global_batch=12"}).micro_batch == Sizes{1, 2, 3, 4, 6, 8, 12});
}

TEST_CASE("some layers of a chunk are recomputed as well, fewer than it has", "[plan]") {
  const config::Scenario s = scenario();
  const Space space = space_of(s, s.systems.front().system);
  Plan plan;
  plan.pp = 4, plan.vp = 2;  // 4 layers a chunk
  const std::vector<Recompute> policies = recompute_for(space, s.model, plan);
  REQUIRE(policies.size() == 13 + 3);
  CHECK(policies[12].full_layers == 1);
  CHECK(policies[14].full_layers == 3);
  CHECK((policies[15].full && policies[15].full_layers == 0));
}

TEST_CASE("states are shared by all ranks; with zero 3, or as listed, by a divisor of them",
          "[plan]") {
  const Space space = space_of_small();
  Plan plan;
  plan.dp = 6, plan.cp = 2;
  CHECK(shard_groups_for(space, plan) == Sizes{0});
  plan.zero = 3;
  CHECK(shard_groups_for(space, plan) == Sizes{2, 3, 4, 6, 0});
  plan.dp = plan.cp = 1;
  CHECK(shard_groups_for(space, plan) == Sizes{0});
  // Those that are listed and divide the ranks, for the optimizer's states as well.
  const Space listed = space_of_small({"space.shard_group=[0, 4, 8, 12]"});
  plan.dp = 6, plan.cp = 2, plan.zero = 1;
  CHECK(shard_groups_for(listed, plan) == Sizes{0, 4});
}

TEST_CASE("a scenario's space replaces the candidates by its lists", "[plan]") {
  const Space space =
      space_of_small({"space.tp=[1, 3]", "space.vp=[1, 2, 5]", "space.zero=[3]",
                      "space.schedule=[gpipe, dualpipe_v]", "space.sequence_parallel=[true]"});
  CHECK(space.tp == Sizes{1, 3});
  CHECK(space.zero == Sizes{3});
  CHECK(space.sequence_parallel == std::vector<bool>{true});
  const config::Scenario s = scenario();
  CHECK(chunks_for(space, s.model, 8) == Sizes{1, 2});  // 8 x 5 chunks are more than 32 layers
  std::vector<std::pair<int, std::string_view>> pipelines;
  Space eight = space;
  eight.pp = {8};
  for_each_pipeline(eight, s.model, {},
                    [&](const Plan& p) { pipelines.emplace_back(p.vp, p.schedule->key); });
  CHECK(pipelines ==
        std::vector<std::pair<int, std::string_view>>{{1, "gpipe"}, {2, "dualpipe_v"}});
}

TEST_CASE("what a scenario fixes is the only candidate", "[plan]") {
  const Space space =
      space_of_small({"gpus=105"},
                     "{tp: 3, cp: 5, pp: 7, vp: 2, micro_batch: 6, zero: 2, recompute: full, "
                     "schedule: gpipe, sequence_parallel: false}");
  CHECK(space.tp == Sizes{3});
  CHECK(space.cp == Sizes{5});
  CHECK(space.pp == Sizes{7});
  CHECK(space.vp == Sizes{2});
  CHECK(space.micro_batch == Sizes{6});
  CHECK(space.zero == Sizes{2});
  CHECK((space.recompute.size() == 1 && space.recompute.front().full));
  CHECK(space.schedule == std::vector<const Schedule*>{&kGpipe});
  CHECK(space.sequence_parallel == std::vector<bool>{false});
  CHECK(shapes_of(space) == 1);
}

TEST_CASE("expert ranks divide the experts, and tensor ranks of an expert those of a layer",
          "[plan]") {
  const Space space = space_of_small({"model=mixtral-8x7b"});
  CHECK(space.ep == Sizes{1, 2, 4, 8});
  CHECK(space.etp == space.tp);
  for_each_layer_base(space, [](const Plan& plan) { CHECK(plan.etp <= plan.tp); });
}

TEST_CASE("chunks cut the layers evenly, or short by one at both ends", "[plan]") {
  const config::Scenario s = scenario({"model.layers=10"});
  const Space space = space_of(s, s.systems.front().system);
  CHECK(chunks_for(space, s.model, 1) == Sizes{1});
  CHECK(chunks_for(space, s.model, 2) == Sizes{1, 2, 3, 5});  // of 12, or 2 x 5 of 10
  CHECK(chunks_for(space, s.model, 4) == Sizes{1});           // of 12
  CHECK(chunks_for(space, s.model, 7) == Sizes{1});           // nothing even: one, uneven
}

TEST_CASE("one chunk runs 1F1B, several are interleaved", "[plan]") {
  const config::Scenario s = scenario();
  const Space space = space_of(s, s.systems.front().system);
  long plans = 0;
  for_each_pipeline(space, s.model, {}, [&](const Plan& plan) {
    ++plans;
    CHECK((plan.schedule == &kInterleaved) == (plan.vp > 1));
  });
  CHECK(plans > 7);
}

}  // namespace
}  // namespace fleetcast
