#include "sim/plan/profile.hpp"

#include "sim/plan/pricing.hpp"

namespace fleetcast {

Profile profile(const config::Scenario& scenario, const ChosenPlan& chosen, double change) {
  Profile out{sensitivities(scenario, chosen, change), {}, {}, {}};
  if (out.sensitivities.rows.empty()) return out;
  out.hbm = scenario.systems.front().system.gpu.hbm_bandwidth;
  const Plan& plan = chosen.plan;
  const Pricing pricing = pricing_of(scenario, scenario.systems.front().system,
                                     *scenario.spec.precisions.front(), plan.global_batch());
  PlanWorkspace workspace;
  lower_layers(pricing, plan, workspace.programs, workspace.step);
  for (int stage = 0; stage < plan.pp; ++stage)
    out.memory.push_back(memory_of_stage(pricing, workspace.step, stage));
  lower_exchange(pricing, workspace.step);
  out.slots = pipeline_slots(workspace.step, workspace.engine);
  return out;
}

}  // namespace fleetcast
