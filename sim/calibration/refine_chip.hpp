#pragma once

// One chip's curves moved to its rows, section by section.

#include <vector>

#include "models/hardware/curve.hpp"
#include "models/hardware/gpu.hpp"
#include "sim/calibration/refine_rows.hpp"
#include "sim/calibration/refine_section.hpp"

namespace fleetcast::fit {

/// Moves those sections of `curves` that have rows and leaves the others. A format without a curve
/// gets one that starts at what stood in for it. `widen`: as in priors_of.
std::vector<RefinedSection> refine_chip(const ChipRows& rows, const Gpu& gpu, double widen,
                                        KernelCurves& curves);

}  // namespace fleetcast::fit
