#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"

namespace fleetcast::cli {

int run_estimate(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  const report::EstimateResult result = estimate_of(scenario);
  write(arguments, result);
  return result.estimate.misfit.fits() ? kFine : complain_of_misfit(scenario, result);
}

}  // namespace fleetcast::cli
