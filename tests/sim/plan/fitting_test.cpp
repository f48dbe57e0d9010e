#include "sim/plan/fitting.hpp"

#include <algorithm>

#include "sim/plan/pricing.hpp"
#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

using exhaustive::scenario;

ActivationTable table_of(const Space& space, const Pricing& pricing, const Plan& plan) {
  ActivationTable out;
  OpList ops;
  out.fill(space, pricing, plan, ops);
  return out;
}

/// Memory that each sharding needs at least, where nothing fits.
template <class Visit>
std::vector<double> needed_by_sharding(Visit&& meanwhile) {
  const config::Scenario s = scenario({"space.zero=[0, 1]"}, "{}");
  System tiny = s.systems.front().system;
  tiny.gpu.memory_usable = Bytes{};
  const Pricing pricing =
      pricing_of(s, tiny, *s.spec.precisions.front(), s.spec.training.global_batch);
  const Space space = space_of(s, tiny);
  Plan plan;
  plan.dp = 2;
  plan.zero = 0;
  plan.schedule = space.schedule.front();
  const ActivationTable activations = table_of(space, pricing, plan);
  Fitting fitting;
  fitting.set_shape(activations);
  PlanWorkspace workspace;
  std::vector<double> out;
  const Plan whole = plan;
  plan.pp = 2;
  plan.micro_batches = 4;
  fitting.for_each(
      space, pricing, plan, workspace, [](const Plan&) {},
      [&](Bytes needed, long) {
        out.push_back(needed.base());
        meanwhile(pricing, whole, workspace);
      });
  return out;
}

// Plans of the second sharding were left out where the first had priced a layer meanwhile.
TEST_CASE("what fits does not hang on what the workspace is used for meanwhile", "[plan]") {
  const std::vector<double> alone =
      needed_by_sharding([](const Pricing&, const Plan&, PlanWorkspace&) {});
  const std::vector<double> disturbed =
      needed_by_sharding([](const Pricing& pricing, const Plan& whole, PlanWorkspace& workspace) {
        place_layers(pricing, whole, workspace.programs, workspace.step);
      });
  REQUIRE(alone.size() == 2);
  CHECK(alone[1] < alone[0]);
  CHECK(disturbed == alone);
}

// A floor of all shardings leaves out no policy that one of them leaves in: 7 replicas, which no
// shard group divides, share more widely than 8 in groups.
TEST_CASE("a policy that fits with so many replicas, or fewer, may fit", "[plan]") {
  const config::Scenario s = scenario({"space.zero=[0, 1]", "space.shard_group=[2, 4]"}, "{}");
  System system = s.systems.front().system;
  const Space space = space_of(s, system);
  const Plan most{.pp = 2, .dp = 8, .micro_batches = 4, .schedule = space.schedule.front()};
  int some = 0;
  for (double usable = 1e9; usable < 200e9; usable *= 1.05) {
    system.gpu.memory_usable = Bytes{usable};
    const Pricing pricing =
        pricing_of(s, system, *s.spec.precisions.front(), s.spec.training.global_batch);
    const ActivationTable activations = table_of(space, pricing, most);
    Fitting fitting;
    fitting.set_shape(activations);
    PlanWorkspace workspace;
    std::vector<Recompute> may;
    fitting.for_each_policy(space, pricing, most, workspace,
                            [&](const Plan& p) { may.push_back(p.recompute); });
    const auto check = [&](const Plan& p) {
      ++some;
      CHECK(std::any_of(may.begin(), may.end(), [&](const Recompute& least) {
        return recomputes_all_of(p.recompute, least);
      }));
    };
    for (Plan plan = most; plan.dp >= 7; --plan.dp)
      fitting.for_each(space, pricing, plan, workspace, check, [](Bytes, long) {});
  }
  CHECK(some > 0);
}

}  // namespace
}  // namespace fleetcast
