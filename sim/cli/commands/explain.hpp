#pragma once

// Parts of the command `explain`.

#include "sim/cli/arguments.hpp"

namespace fleetcast::cli {

/// From which value of a field on a condition holds: --solve FIELD --until 'METRIC <= NUMBER'.
int explain_break_even(const Arguments& arguments);

}  // namespace fleetcast::cli
