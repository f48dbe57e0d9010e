#include "sim/plan/pricing.hpp"

#include <cmath>

namespace fleetcast {

Pricing pricing_of(const config::Scenario& scenario, const System& system,
                   const Precision& precision, double global_batch) {
  return {.system = &system,
          .job = {&scenario.model, scenario.spec.training.seq_len, global_batch},
          .parameters = count_parameters(scenario.model),
          .precision = &precision,
          .stack = &scenario.stack,
          .calibration = scenario.calibration.steps};
}

double fleet_for(const System& system, double gpus) {
  const double order = system.cluster.order_gpus;
  return std::ceil(gpus / order) * order;
}

Footing footing_of(const config::Scenario& scenario, const System& system, double gpus) {
  return footing_of(scenario.calibration.errors, scenario.model.is_moe(), system.cluster.name,
                    scenario.stack.name, system.gpu.kernels_measured, gpus);
}

RunInput run_of(const config::Scenario& scenario, const System& system, const Plan& plan) {
  const config::ScenarioSpec& spec = scenario.spec;
  const ErrorInterval ratio =
      interval_of(scenario.calibration.errors, footing_of(scenario, system, plan.gpus()));
  return {.tokens = spec.training.tokens,
          .tokens_per_step = double(plan.global_batch()) * spec.training.seq_len,
          .gpus = double(plan.gpus()),
          .fleet_gpus = fleet_for(system, plan.gpus()),
          .electricity = spec.economy.electricity,
          .carbon = spec.economy.carbon,
          .lifetime = spec.economy.lifetime,
          .ratio_p10 = ratio.p10,
          .ratio_p90 = ratio.p90};
}

}  // namespace fleetcast
