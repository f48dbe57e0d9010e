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
  for_each_layer_shape(space, [&](const Plan&) { ++count; });
  return count;
}

TEST_CASE("divisors come in order", "[plan]") {
  CHECK(divisors(1) == Sizes{1});
  CHECK(divisors(12) == Sizes{1, 2, 3, 4, 6, 12});
  CHECK(divisors(13) == Sizes{1, 13});
}

TEST_CASE("an open dense plan has every power of two and every even cut", "[plan]") {
  const Space space = space_of_small();  // 32 layers, 32 heads, nodes of 8
  CHECK(space.tp == Sizes{1, 2, 4, 8});
  CHECK(space.cp == Sizes{1, 2, 4, 8, 16});
  CHECK(space.pp == Sizes{1, 2, 4, 8, 16, 17, 32});  // 17 x 2 = 32 layers and both ends
  CHECK(space.ep == Sizes{1});
  CHECK(space.etp == Sizes{1});
  CHECK(space.micro_batch == Sizes{1, 2, 4});
  CHECK(space.recompute.size() == 3);
  CHECK(space.schedule == std::vector<const Schedule*>{&kOneFOneB, &kInterleaved});
  CHECK(shapes_of(space) == 4 * 5 * 3 * 3);
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
  CHECK_FALSE(space.sequence_parallel);
  CHECK(shapes_of(space) == 1);
}

TEST_CASE("expert ranks divide the experts, and an expert has one tensor rank or all", "[plan]") {
  const Space space = space_of_small({"model=mixtral-8x7b"});
  CHECK(space.ep == Sizes{1, 2, 4, 8});
  CHECK(space.etp == space.tp);
  for_each_layer_shape(space,
                       [](const Plan& plan) { CHECK((plan.etp == 1 || plan.etp == plan.tp)); });
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
