#pragma once

// The curves of configs/implementations: one a measured chip, kernel class, format and direction.

#include "sim/calibration/fit_kernels.hpp"

namespace fleetcast::fit {

/// One file a chip that has attention or memory rows; what the tables do not cover stays as in the
/// chip's present file. Same tables, same files.
std::vector<FittedChip> fit_implementations(const KernelTables& tables, const std::string& date);

}  // namespace fleetcast::fit
