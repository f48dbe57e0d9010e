#include "sim/plan/job.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

/// A run is given up when it takes this many times as long as without interruptions, and a month.
constexpr double kPatience = 20.0;
constexpr Seconds kGrace = 30.0 * kDay;

int nodes_for(double gpus, const Cluster& cluster) {
  return std::max(1, static_cast<int>(std::ceil(gpus / cluster.node_gpus)));
}

std::vector<JobComponent> components_of(const Cluster& cluster, double gpus) {
  const ReliabilitySpec& spec = cluster.reliability;
  const PerSecond all = interruption_rate(spec);
  if (spec.components.empty()) return {{.name = "any cause", .rate = all * gpus}};
  const PerSecond sum = sum_of(spec.components);
  const double scale = sum > PerSecond{} ? all / sum : 1.0;
  std::vector<JobComponent> out;
  for (const Component& c : spec.components)
    out.push_back({.name = c.name,
                   .rate = c.rate * scale * gpus,
                   .replaced = c.replaced,
                   .repair = c.repair,
                   .nodes = nodes_for(c.gpus, cluster),
                   .shape = c.shape});
  return out;
}

/// In whole steps. An upload that is still under way would hold the next checkpoint up.
std::int64_t checkpoint_steps(const JobSpec& job, Seconds wanted) {
  Seconds interval = wanted;
  if (!(interval > Seconds{})) {
    const Goodput best = best_goodput(mtbf_of(job), job.checkpoint, job.detection + job.restart);
    interval = std::max(best.interval, job.upload);
    if (std::isinf(mtbf_of(job).base())) return job.steps;
  }
  const double steps = std::round(interval / job.step_time);
  return static_cast<std::int64_t>(std::clamp(steps, 1.0, double(job.steps)));
}

}  // namespace

JobSpec job_of(const config::Scenario& scenario, const System& system, const Estimate& estimate) {
  const ReliabilitySpec& failing = system.cluster.reliability;
  const config::RecoverySpec& recovery = scenario.spec.recovery;
  JobSpec out{.steps = static_cast<std::int64_t>(estimate.run.steps),
              .step_time = estimate.timeline.step_time,
              .checkpoint = failing.checkpoint,
              .upload = failing.upload,
              .detection = failing.detection,
              .restart = failing.restart - failing.detection,
              .maintenance_every = failing.maintenance_every,
              .maintenance = failing.maintenance,
              .nodes = nodes_for(estimate.plan.gpus(), system.cluster),
              .spares = recovery.spares.value_or(kUnlimited),
              .replicas = estimate.plan.dp,
              .elastic = recovery.elastic};
  out.components = components_of(system.cluster, estimate.plan.gpus());
  out.checkpoint_steps = checkpoint_steps(out, recovery.checkpoint_interval);
  out.give_up = kPatience * double(out.steps) * out.step_time + kGrace;
  return out;
}

Seconds mtbf_of(const JobSpec& job) {
  PerSecond rate{};
  for (const JobComponent& component : job.components) rate += component.rate;
  return 1.0 / rate;
}

double closed_form_goodput(const JobSpec& job) {
  return goodput_at(mtbf_of(job), double(job.checkpoint_steps) * job.step_time, job.checkpoint,
                    job.detection + job.restart);
}

}  // namespace fleetcast
