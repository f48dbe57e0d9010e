#include <stdexcept>

#include "sim/cli/commands.hpp"

namespace fleetcast::cli {

int run_search(const Arguments& arguments) {
  load_scenario(arguments);
  throw std::runtime_error("search is not built yet");
}

}  // namespace fleetcast::cli
