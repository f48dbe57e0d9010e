#include "sim/engine/step/simulate.hpp"

#include <map>
#include <string>

#include "sim/config/fixed_plan.hpp"
#include "sim/engine/step/noise.hpp"
#include "sim/plan/pricing.hpp"
#include "tests/catch.hpp"

namespace fleetcast::step {
namespace {

/// Llama 3.1 405B as published, on fewer columns.
struct Subject {
  explicit Subject(int dp = 4) {
    scenario = config::load_scenario(
        config::scenario_path("llama3.1-405b-16k-h100"),
        std::vector<std::string>{"gpus=" + std::to_string(128 * dp),
                                 "plan.dp=" + std::to_string(dp),
                                 "training.global_batch=" + std::to_string(16 * dp)});
    system = &scenario.systems.front().system;
    const config::FixedPlan own = config::fixed_plan(scenario);
    pricing = pricing_of(scenario, *system, *scenario.spec.precisions.front(), own.global_batch);
    lower(pricing, own.plan, programs, step);
    traffic = traffic_of(pricing, step);
  }
  [[nodiscard]] Simulated play(const Options& options, Observer* observer = nullptr) const {
    return simulate(step, traffic, fabrics_of(*system), options, {}, observer);
  }

  config::Scenario scenario;
  const System* system = nullptr;
  Pricing pricing;
  ProgramCache programs;
  Step step;
  StepTraffic traffic;
};

double time_of(const Simulated& s) { return s.timeline.step_time.base(); }

TEST_CASE("a plan of more slots than events can number is refused, and says how many", "[step]") {
  CHECK(admits({.vp = 2, .micro_batches = (1 << 20) - 1}).fits());
  const Misfit misfit = admits({.vp = 2, .micro_batches = 1 << 20});
  REQUIRE_FALSE(misfit.fits());
  CHECK(misfit.needed == (1 << 21) - 1);
  CHECK(misfit.available == 1 << 21);
}

TEST_CASE("columns that do the same take the same time folded and in full", "[step]") {
  const Subject subject;
  const Simulated folded = subject.play({.folded = true}), full = subject.play({.folded = false});
  CHECK(time_of(full) == Approx(time_of(folded)).epsilon(1e-12));
  CHECK(folded.ranks == 128);
  CHECK(full.ranks == 512);
}

TEST_CASE("shared links make a step longer, never shorter than its bounds", "[step]") {
  const Subject subject;
  const Simulated alone = subject.play({.contention = false}), shared = subject.play({});
  CHECK(time_of(shared) >= time_of(alone));
  CHECK(time_of(shared) >= shared.bounds.longest().base());
  CHECK(shared.delay[1] > Seconds{});
}

TEST_CASE("a step with noise is the same for a seed and another for the next", "[step]") {
  const Subject subject;
  Options options{.folded = false, .noise = {.seed = 7, .kernel_jitter = 0.02}};
  const double first = time_of(subject.play(options));
  CHECK(time_of(subject.play(options)) == first);
  options.noise.seed = 8;
  CHECK(time_of(subject.play(options)) != first);
}

TEST_CASE("where every node is slow, kernels take so much longer and exchanges do not", "[step]") {
  const Subject subject(1);
  Options options{.contention = false, .folded = false};
  const Simulated alone = subject.play(options);
  options.noise = {.slow_nodes = 16, .slow_by = 1.5, .node_gpus = 8};
  const Simulated slow = subject.play(options);
  const auto at = [](const Simulated& s, Cost c) { return s.timeline.breakdown[c].base(); };
  CHECK(at(slow, Cost::kTensorComm) == Approx(at(alone, Cost::kTensorComm)));
  // All kernels of the busiest stage, and its part in what later stages wait for.
  const double more = 0.5 * alone.bounds.compute.base();
  CHECK(slow.timeline.pipeline.base() - alone.timeline.pipeline.base() > more);
  CHECK(slow.timeline.pipeline.base() < 1.5 * alone.timeline.pipeline.base());
}

TEST_CASE("one slow node holds up all columns", "[step]") {
  const Subject subject;
  Options options{.contention = false, .folded = false};
  options.noise = {.slow_nodes = 1, .slow_by = 1.5, .node_gpus = 8};
  const Simulated one = subject.play(options);
  CHECK(time_of(one) > 1.2 * time_of(subject.play({.contention = false})));
  CHECK(one.timeline.breakdown[Cost::kStraggler] > Seconds{1});
}

TEST_CASE("a link that is down for a while makes the step at most so much longer", "[step]") {
  const Subject subject(1);
  Options options{.folded = false};
  const double alone = time_of(subject.play(options));
  options.noise = {.seed = 3, .link_flaps = 1.0 / Seconds{60}, .flap_time = Seconds{0.5}};
  const Simulated flapping = subject.play(options);
  REQUIRE(flapping.outages > 0);
  CHECK(time_of(flapping) > alone);
  CHECK(time_of(flapping) < alone + 0.5 * flapping.outages * subject.step.straggler);
}

/// Adds up spans by track and counts.
struct Sums : Observer {
  void name_process(std::uint32_t, std::string_view) override { ++processes; }
  void name_track(Track, std::string_view) override {}
  void span(Track track, std::string_view, std::string_view, Seconds, Seconds duration) override {
    by_track[{track.process, track.thread}] += duration.base();
  }
  void instant(Track, std::string_view, std::string_view, Seconds) override {}
  void counter(std::uint32_t process, std::string_view, Seconds, double value) override {
    most = std::max(most, value);
    last[process] = value;
  }
  void flow(std::string_view, Track, Seconds, Track, Seconds) override {}

  int processes = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> by_track;
  std::map<std::uint32_t, double> last;
  double most = 0;
};

TEST_CASE("a traced step is the same step, and its spans add up to it", "[step]") {
  const Subject subject;
  Sums sums;
  const Simulated traced = subject.play({}, &sums), plain = subject.play({});
  CHECK(time_of(traced) == Approx(time_of(plain)).epsilon(1e-12));
  CHECK(sums.processes == 16);
  for (std::uint32_t stage = 0; stage < 16; ++stage) {
    const double worked = traced.stages[stage].worked.base();
    CHECK(sums.by_track[{stage, 0}] == Approx(worked));
    CHECK(sums.by_track[{stage, 1}] <= worked);
    CHECK(sums.by_track[{stage, 1}] > 0.7 * worked);
    CHECK(sums.last[stage] == Approx(0).margin(1e-6));
  }
  CHECK(sums.most > 10);  // GiB of activations
}

}  // namespace
}  // namespace fleetcast::step
