#pragma once

// Settings that a row states beside its plan ("tp_comm_overlap: true"), one table row each.

#include "sim/validation/case.hpp"

namespace fleetcast {

/// Applies the knobs we know to the case's stack and plan; lists the others in `unknown_knobs`.
void apply_knobs(const config::Measurement& row, Case& out);

}  // namespace fleetcast
