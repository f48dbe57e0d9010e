#pragma once

// What a plan's time hangs on: each parameter a little less and a little more, all others and the
// plan as they are.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/plan/chosen_plan.hpp"
#include "sim/plan/roofline.hpp"

namespace fleetcast {

/// A parameter of the hardware or the job, or several that move together: `key` is where they
/// stand.
struct Parameter {
  std::string_view key, title;
  void (*scale)(config::Scenario& scenario, double factor);
};
std::span<const Parameter> parameters();

/// The same plan with one parameter changed.
struct Reply {
  Misfit misfit;   ///< why it does not run then
  Seconds time{};  ///< of the run, or of a step where no tokens are stated
};

struct Sensitivity {
  const Parameter* parameter = nullptr;
  Reply less, more;
};

struct Sensitivities {
  ChosenPlan chosen;
  Estimate estimate;
  double change = 0;  ///< of each parameter: 0.1
  bool of_run = false;
  Seconds time{};
  std::vector<Sensitivity> rows;    ///< as parameters()
  std::vector<KernelRoof> kernels;  ///< of the plan as it is
};

/// Of the scenario's first system and precision. Without rows where there is no plan, or it does
/// not run. Requires: 0 < change < 1.
Sensitivities sensitivities(const config::Scenario& scenario, double change);
/// The same of a plan already chosen.
Sensitivities sensitivities(const config::Scenario& scenario, const ChosenPlan& chosen,
                            double change);

}  // namespace fleetcast
