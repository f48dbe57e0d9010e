#pragma once

// Parts of the command `export`.

#include "sim/cli/arguments.hpp"

namespace fleetcast::cli {

/// The step of a scenario's plan as execution traces of mlcommons/chakra, into the folder of --out.
int export_chakra(Arguments arguments);

}  // namespace fleetcast::cli
