#pragma once

// Fitted specs as YAML, by their own field lists, each number with its unit.

#include <string>

#include "models/cost/calibration.hpp"
#include "models/hardware/cluster.hpp"
#include "models/hardware/curve.hpp"
#include "models/hardware/implementation.hpp"

namespace fleetcast::fit {

/// Optional GEMM formats without a curve are left out.
std::string yaml_of(const KernelCurves& curves);
std::string yaml_of(const CalibrationFile& file);
std::string yaml_of(const Implementations& all);
std::string yaml_of(const Fabric& fabric);

}  // namespace fleetcast::fit
