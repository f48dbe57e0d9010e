#pragma once

// The curves of configs/implementations that rows are of: what `validate --kernels` prices such
// rows by. No training step is priced by them.

#include <string>

#include "models/hardware/gpu.hpp"
#include "models/hardware/implementation.hpp"
#include "sim/calibration/refine_rows.hpp"

namespace fleetcast::fit {

/// Moves those of `all` that have burst rows; their `fit` says how far off they are then. Returns
/// how many.
int refine_implementations(const ChipRows& rows, const Gpu& gpu, double widen,
                           const std::string& date, Implementations& all);

}  // namespace fleetcast::fit
