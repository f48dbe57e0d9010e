#pragma once

// Numbers of a chip generation that no document states, fitted to measured kernels by simulating
// those (sim/engine/chip).

#include <string>
#include <vector>

#include "sim/calibration/fit_kernels.hpp"

namespace fleetcast::fit {

/// Files of configs/microarchitectures with their fitted numbers anew, for generations that have
/// bf16 GEMMs in the tables; attention follows where it has rows. The search starts at the present
/// numbers. Deterministic; minutes. Throws: config::ConfigError for a broken file of configs/.
std::vector<FittedChip> fit_microarchitectures(const KernelTables& tables, const std::string& date);

}  // namespace fleetcast::fit
