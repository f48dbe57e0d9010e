#pragma once

// How sure a forecast is: the 80 % interval of measured over predicted step time, from
// cross-validation (models/cost/calibration.hpp), wider where the forecast leaves what published
// runs cover.

#include <string>
#include <vector>

#include "models/cost/calibration.hpp"

namespace fleetcast {

/// What a forecast stands on, as far as it decides how sure it is.
struct Footing {
  bool is_moe = false;
  bool known_system = true;  ///< published runs on this cluster
  bool known_stack = true;   ///< on this software
  bool own_kernels = true;   ///< measured on this chip
  double gpus = 1.0;
};

/// `system` and `stack` by the names that rows have.
Footing footing_of(const ErrorModel& errors, bool is_moe, const std::string& system,
                   const std::string& stack, bool own_kernels, double gpus);

/// Half widths join in quadrature around the middle of the interval, in logarithms.
ErrorInterval interval_of(const ErrorModel& errors, const Footing& footing);

/// What makes the interval wider, each as a clause for a reader; empty where all is covered.
std::vector<std::string> doubts_of(const ErrorModel& errors, const Footing& footing);

}  // namespace fleetcast
