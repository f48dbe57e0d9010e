#pragma once

// A KernelCurves spec as YAML, by its own field lists, each number with its unit.

#include <string>

#include "models/cost/calibration.hpp"
#include "models/hardware/curve.hpp"

namespace fleetcast::fit {

/// Optional GEMM formats without a curve are left out.
std::string yaml_of(const KernelCurves& curves);
std::string yaml_of(const CalibrationFile& file);

}  // namespace fleetcast::fit
