#include "sim/cli/commands/simulate.hpp"

namespace fleetcast::cli {

int simulate_step(const Arguments& /*arguments*/, const config::Scenario& /*scenario*/) {
  return kOurFault;
}

}  // namespace fleetcast::cli
