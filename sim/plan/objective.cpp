#include "sim/plan/objective.hpp"

#include "models/cost/money.hpp"
#include "models/cost/power.hpp"

namespace fleetcast {
namespace {

double time_of(const StepUse& step, const FleetUse&) { return step.time.base(); }

double energy_of(const StepUse& step, const FleetUse& use) {
  const FleetLoad load{use.working, use.fleet - use.working, step.busy / step.time};
  return (facility_power(use.system->gpu, use.system->cluster.power, load) * step.time).base();
}

double cost_of(const StepUse& step, const FleetUse& use) {
  return (rental_middle(use.system->cluster.price) * step.time * use.fleet).base();
}

}  // namespace

constinit const Objective kStepTime{"time", "the fastest step", time_of};
constinit const Objective kStepEnergy{"energy", "the least energy of the facility", energy_of};
constinit const Objective kStepCost{"cost", "the least rent of the fleet", cost_of};

std::span<const Objective* const> objectives() {
  static constexpr std::array kRows{&kStepTime, &kStepEnergy, &kStepCost};
  return kRows;
}

}  // namespace fleetcast
