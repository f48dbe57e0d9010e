#include "bench/runs.hpp"

#include "sim/engine/random.hpp"
#include "sim/engine/run/job.hpp"

namespace fleetcast::bench {
namespace {

constexpr Seconds kMtbf = 3.0 * kHour;

JobSpec job() {
  return {.steps = 1'166'400,
          .step_time = Seconds{6},
          .checkpoint_steps = 80,
          .checkpoint = Seconds{10},
          .restart = Seconds{600},
          .maintenance_every = kDay,
          .nodes = 2048,
          .spares = 24,
          .replicas = 128,
          .components = {{.name = "gpu", .rate = 0.7 / kMtbf, .replaced = 1, .repair = kDay},
                         {.name = "software", .rate = 0.3 / kMtbf}}};
}

double loop_run(const JobSpec& spec, std::uint64_t run) {
  RandomStream random(run);
  const auto next_failure = [&] { return random.exponential() * kMtbf; };
  const Seconds segment = double(spec.checkpoint_steps) * spec.step_time + spec.checkpoint;
  Seconds now{}, failure = next_failure();
  for (std::int64_t left = spec.steps; left > 0;) {
    if (failure >= now + segment) {
      now += segment;
      left -= spec.checkpoint_steps;
      continue;
    }
    now = failure + spec.restart;
    failure = now + next_failure();
  }
  return now.base();
}

}  // namespace

double simulate_runs(std::uint64_t runs) {
  const JobSpec spec = job();
  double sum = 0;
  for (std::uint64_t run = 0; run < runs; ++run)
    sum += seconds_of(simulate_job(spec, 1, run).total()).base();
  return sum;
}

double loop_runs(std::uint64_t runs) {
  const JobSpec spec = job();
  double sum = 0;
  for (std::uint64_t run = 0; run < runs; ++run) sum += loop_run(spec, run);
  return sum;
}

}  // namespace fleetcast::bench
