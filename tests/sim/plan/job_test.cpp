#include "sim/plan/job.hpp"

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

/// 64 GPUs in nodes of eight, each interrupted once in 6,400 hours: the job every 100 hours.
System toy_system() {
  System out;
  out.cluster.node_gpus = 8;
  out.cluster.reliability.interruptions = 1.0 / (6400 * kHour);
  out.cluster.reliability.restart = Seconds{600};
  out.cluster.reliability.checkpoint = Seconds{18};
  return out;
}

Estimate toy_estimate() {
  Estimate out;
  out.plan.tp = 8;
  out.plan.dp = 8;
  out.timeline.step_time = Seconds{10};
  out.run.steps = 1e6;
  return out;
}

TEST_CASE("a job is its plan on whole nodes, with failures of all its GPUs", "[plan]") {
  System system = toy_system();
  system.cluster.reliability.detection = Seconds{60};
  const JobSpec job = job_of({}, system, toy_estimate());
  CHECK(job.steps == 1'000'000);
  CHECK(job.step_time == Seconds{10});
  CHECK(job.nodes == 8);
  CHECK(job.replicas == 8);
  CHECK(job.spares == kUnlimited);
  CHECK(job.detection == Seconds{60});
  CHECK(job.restart == Seconds{540});
  REQUIRE(job.components.size() == 1);
  CHECK(job.components[0].name == "any cause");
  CHECK(mtbf_of(job) / kHour == Approx(100));
}

TEST_CASE("components divide the interruptions, or are their sum", "[plan]") {
  System system = toy_system();
  ReliabilitySpec& failing = system.cluster.reliability;
  failing.components = {{.name = "gpu", .rate = 3.0 / kHour, .replaced = 0.5, .repair = kDay},
                        {.name = "rack", .rate = 1.0 / kHour, .gpus = 72}};
  const JobSpec scaled = job_of({}, system, toy_estimate());
  CHECK(mtbf_of(scaled) / kHour == Approx(100));
  CHECK(scaled.components[0].rate * kHour == Approx(0.75 / 100));
  CHECK(scaled.components[0].nodes == 1);
  CHECK(scaled.components[1].nodes == 9);
  failing.interruptions.reset();
  CHECK(mtbf_of(job_of({}, system, toy_estimate())) / kHour == Approx(1.0 / (64 * 4)));
}

TEST_CASE("checkpoints are at the optimum, or where the user wants them, in whole steps",
          "[plan]") {
  config::Scenario scenario;
  // Young: sqrt(2 * 18 s * 360,000 s) = 3,600 s; Daly's optimum is 12 s less.
  CHECK(job_of(scenario, toy_system(), toy_estimate()).checkpoint_steps == 359);
  scenario.spec.recovery.checkpoint_interval = Seconds{104};
  CHECK(job_of(scenario, toy_system(), toy_estimate()).checkpoint_steps == 10);
  scenario.spec.recovery.checkpoint_interval = Seconds{1};
  CHECK(job_of(scenario, toy_system(), toy_estimate()).checkpoint_steps == 1);
}

TEST_CASE("an optimum does not hold uploads up, and no failures need no checkpoints", "[plan]") {
  System system = toy_system();
  system.cluster.reliability.upload = Seconds{7200};
  CHECK(job_of({}, system, toy_estimate()).checkpoint_steps == 720);
  system.cluster.reliability.interruptions = PerSecond{};
  CHECK(job_of({}, system, toy_estimate()).checkpoint_steps == 1'000'000);
  CHECK(closed_form_goodput(job_of({}, system, toy_estimate())) == Approx(1.0).margin(1e-5));
}

TEST_CASE("at the optimum the closed form is the best goodput", "[plan]") {
  const JobSpec job = job_of({}, toy_system(), toy_estimate());
  const Goodput best = best_goodput(kHour * 100.0, Seconds{18}, Seconds{600});
  CHECK(closed_form_goodput(job) == Approx(best.share).epsilon(1e-6));
  CHECK(closed_form_goodput(job) <= best.share);
}

}  // namespace
}  // namespace fleetcast
