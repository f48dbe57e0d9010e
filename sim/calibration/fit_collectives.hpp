#pragma once

// The curves of configs/fabrics fitted to measured collectives: NCCL's by operation, those of other
// implementations as variants; scale-out fabrics with the scale-up ones given.

#include <vector>

#include "sim/calibration/fit_kernels.hpp"

namespace fleetcast::fit {

/// One file a fabric that rows measured; operations without rows stay as they are.
std::vector<FittedChip> fit_collectives(const std::vector<CollectiveRow>& rows,
                                        const std::string& date);

}  // namespace fleetcast::fit
