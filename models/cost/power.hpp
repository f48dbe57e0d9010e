#pragma once

// What GPUs draw, alone and as a fleet at the meter.

#include "models/base/quantity.hpp"
#include "models/hardware/cluster.hpp"
#include "models/hardware/gpu.hpp"

namespace fleetcast {

/// Mean power of one GPU that computes `busy` (0 to 1) of the time: from idle to TDP x activity.
/// Assumption: linear in between, so a GPU that waits for communication draws its idle power.
Watts gpu_power(const Gpu& gpu, const PowerSpec& power, double busy);

/// GPUs of a fleet by what they do.
struct FleetLoad {
  double working = 0;
  double spare = 0;  ///< powered and idle
  double busy = 0;   ///< share of time in which a working GPU computes
};

/// Mean power of the whole facility: GPUs, nodes and network times PUE. Nodes and network of spares
/// are switched on and draw as much as those of working GPUs.
Watts facility_power(const Gpu& gpu, const PowerSpec& power, const FleetLoad& load);

}  // namespace fleetcast
