// What bounds each kernel of a plan.

#include "sim/plan/roofline.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

struct Played {
  std::vector<KernelRoof> kernels;
  Estimate estimate;
};

/// Llama 3 8B on 16 H100: tp 2, 8 micro-batches of one sequence of 4,096 tokens.
Played played() {
  const config::Scenario s = exhaustive::scenario({}, "{tp: 2, dp: 8}");
  const System& system = s.systems.front().system;
  const Plan plan = config::fixed_plan(s).plan;
  const Pricing pricing = pricing_of(s, system, *s.spec.precisions.front(), plan.global_batch());
  PlanWorkspace workspace;
  return {roofline(pricing, plan), estimate(pricing, plan, run_of(s, system, plan), workspace)};
}

const KernelRoof& kernel_of(const std::vector<KernelRoof>& kernels, std::string_view name) {
  const auto found = std::find_if(kernels.begin(), kernels.end(),
                                  [&](const KernelRoof& k) { return k.name == name; });
  REQUIRE(found != kernels.end());
  return *found;
}

TEST_CASE("kernels of a plan take what its breakdown says", "[plan]") {
  const auto [kernels, estimate] = played();
  Seconds all{};
  for (const KernelRoof& k : kernels) all += k.time;
  const Breakdown& b = estimate.timeline.breakdown;
  CHECK(all / (b[Cost::kGemm] + b[Cost::kAttention] + b[Cost::kMemoryBound]) ==
        Approx(1.0).epsilon(0.01));
  for (std::size_t i = 1; i < kernels.size(); ++i) CHECK(kernels[i - 1].time >= kernels[i].time);
}

TEST_CASE("a product's intensity is its FLOPs over its operands, the ridge the chip's", "[plan]") {
  const std::vector<KernelRoof> kernels = played().kernels;
  const KernelRoof& up = kernel_of(kernels, "mlp up");  // 4096 x 14336 x 4096
  CHECK(up.count == 32 * 8);
  CHECK(up.work.base() == Approx(256 * 2.0 * 4096 * 14336 * 4096));
  CHECK(up.traffic.base() == Approx(256 * 2.0 * (4096.0 * 4096 + 2.0 * 4096 * 14336)));
  CHECK(up.ridge.base() == Approx(989.4e12 / 3.35e12).epsilon(1e-3));
  CHECK(up.bound == Bound::kCompute);
  const Seconds least = up.work / (FlopsPerSecond{up.ridge.base() * 3.35e12});
  CHECK(up.reached == Approx(least / up.time));
}

TEST_CASE(
    "what multiplies nothing is bound by memory or latency, what is far above the ridge "
    "is not bound by memory",
    "[plan]") {
  int memory = 0;
  for (const KernelRoof& k : played().kernels) {
    INFO(k.name);
    if (k.work == Flops{}) CHECK(k.bound != Bound::kCompute);
    if (k.intensity > k.ridge) CHECK(k.bound != Bound::kMemory);
    CHECK((k.reached > 0 && k.reached <= 1));
    CHECK((k.bound == Bound::kLatency) == (k.reached < 0.25));
    memory += k.bound == Bound::kMemory ? 1 : 0;
  }
  CHECK(memory > 0);
}

}  // namespace
}  // namespace fleetcast
