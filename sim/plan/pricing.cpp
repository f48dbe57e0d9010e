#include "sim/plan/pricing.hpp"

#include <cmath>

#include "sim/run/interval.hpp"

namespace fleetcast {

Pricing pricing_of(const config::Scenario& scenario, const System& system,
                   const Precision& precision, double global_batch) {
  return {.system = &system,
          .job = {&scenario.model, scenario.spec.training.seq_len, global_batch},
          .parameters = count_parameters(scenario.model),
          .precision = &precision,
          .stack = &scenario.stack};
}

double fleet_for(const System& system, double gpus) {
  const double order = system.cluster.order_gpus;
  return std::ceil(gpus / order) * order;
}

RunInput run_of(const config::Scenario& scenario, const System& system, const Plan& plan) {
  const config::ScenarioSpec& spec = scenario.spec;
  return {.tokens = spec.training.tokens,
          .tokens_per_step = double(plan.global_batch()) * spec.training.seq_len,
          .gpus = double(plan.gpus()),
          .fleet_gpus = fleet_for(system, plan.gpus()),
          .electricity = spec.economy.electricity,
          .carbon = spec.economy.carbon,
          .lifetime = spec.economy.lifetime,
          .ratio_p10 = kStepTimeInterval.p10,
          .ratio_p90 = kStepTimeInterval.p90};
}

}  // namespace fleetcast
