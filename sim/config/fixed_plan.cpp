#include "sim/config/fixed_plan.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::config {
namespace {

/// Sizes as the scenario has them; dp may still be open.
Plan sizes_of(const PlanSpec& spec) {
  Plan plan;
  plan.tp = spec.tp.value_or(1);
  plan.cp = spec.cp.value_or(1);
  plan.pp = spec.pp.value_or(1);
  plan.vp = spec.vp.value_or(1);
  plan.ep = spec.ep.value_or(1);
  plan.etp = spec.etp.value_or(1);
  plan.micro_batch = spec.micro_batch.value_or(1);
  plan.shard_group = spec.shard_group.value_or(0);
  plan.sequence_parallel = spec.sequence_parallel.value_or(true);
  plan.recompute = recompute_of(spec);
  plan.schedule = spec.schedule;
  if (plan.schedule == nullptr) plan.schedule = plan.vp > 1 ? &kInterleaved : &kOneFOneB;
  return plan;
}

[[noreturn]] void refuse(const Scenario& scenario, const Plan& plan) {
  const std::string sizes = std::to_string(plan.tp) + " x " + std::to_string(plan.cp) + " x " +
                            std::to_string(plan.pp) + " x " + std::to_string(plan.dp) + " = " +
                            std::to_string(plan.gpus());
  throw ConfigError(
      {problem_at(scenario.plan_at, "plan",
                  "tp x cp x pp x dp = " + sizes + ", the scenario has " +
                      std::to_string(static_cast<long long>(scenario.spec.gpus)) + " GPUs")});
}

}  // namespace

Recompute recompute_of(const PlanSpec& spec) {
  Recompute out;
  if (spec.recompute) out = find_recompute(*spec.recompute)->value;
  // Named modules replace what "selective" means on its own.
  if (!spec.recompute_modules.empty() && !out.full) out.modules = 0;
  for (const std::string& module : spec.recompute_modules)
    out.modules = static_cast<std::uint16_t>(out.modules | find_recompute(module)->value.modules);
  out.full_layers = spec.recompute_num_layers.value_or(0);
  return out;
}

double batch_near(double batch, double unit, double tolerance) {
  const double near = std::max(1.0, std::round(batch / unit)) * unit;
  return std::abs(near - batch) <= tolerance * batch ? near : batch;
}

FixedPlan fixed_plan(const Scenario& scenario) {
  const ScenarioSpec& spec = scenario.spec;
  FixedPlan out{sizes_of(spec.plan)};
  Plan& plan = out.plan;
  const double rest = double(plan.tp) * plan.cp * plan.pp;
  const double follows = spec.gpus > 0 ? std::max(1.0, std::floor(spec.gpus / rest)) : 1.0;
  plan.dp = spec.plan.dp.value_or(static_cast<int>(follows));
  if (spec.gpus > 0 && plan.gpus() != spec.gpus) refuse(scenario, plan);
  plan.zero = spec.plan.zero.value_or(scenario.stack.distributed_optimizer ? 1 : 0);
  plan.ep_overlap = spec.plan.ep_overlap.value_or(scenario.stack.ep_overlap);
  const double unit = double(plan.dp) * plan.micro_batch;
  out.global_batch = batch_near(spec.training.global_batch, unit, spec.training.batch_tolerance);
  plan.micro_batches = std::max(1, static_cast<int>(out.global_batch / unit));
  return out;
}

}  // namespace fleetcast::config
