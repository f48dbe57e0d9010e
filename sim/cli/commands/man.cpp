#include "sim/cli/commands.hpp"
#include "sim/cli/manual.hpp"
#include "sim/cli/output.hpp"

namespace fleetcast::cli {

int run_man(const Arguments& arguments) {
  print(arguments, man_page(manual()));
  return kFine;
}

}  // namespace fleetcast::cli
