#include <stdexcept>

#include "sim/cli/commands.hpp"

namespace fleetcast::cli {

int run_plan(const Arguments& arguments) {
  load_scenario(arguments);
  throw std::runtime_error("plan is not built yet");
}

}  // namespace fleetcast::cli
