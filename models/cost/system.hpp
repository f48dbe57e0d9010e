#pragma once

// A cluster ready for pricing: its chip with fitted kernels, its network with fitted links.

#include <span>
#include <vector>

#include "models/cost/collective.hpp"
#include "models/cost/kernel.hpp"
#include "models/hardware/cluster.hpp"
#include "models/hardware/curve.hpp"
#include "models/hardware/gpu.hpp"
#include "models/workload/precision.hpp"

namespace fleetcast {

struct System {
  Cluster cluster;
  Gpu gpu;
  KernelCurves curves;
  std::vector<Fabric> fabrics;  ///< one a tier
  Chip chip;
  Network network;
};

/// Whether the chip computes in the recipe's format and scales as it asks.
bool runs(const System& system, const Precision& precision);

/// Requires: fabrics in the order of cluster.tiers.
System make_system(Cluster cluster, Gpu gpu, KernelCurves curves, std::vector<Fabric> fabrics);

}  // namespace fleetcast
