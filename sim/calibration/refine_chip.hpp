#pragma once

// One chip's curves moved to its rows, section by section.

#include <functional>
#include <string>
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

/// One direction of attention. Head sizes without rows keep their place beside those with some.
RefinedSection refine_pass(std::string name, const std::vector<AttentionRow>& rows, double widen,
                           const std::function<Score(const AttentionPass&)>& score_of,
                           AttentionPass& pass);

}  // namespace fleetcast::fit
