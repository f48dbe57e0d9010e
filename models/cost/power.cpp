#include "models/cost/power.hpp"

#include <algorithm>

namespace fleetcast {

Watts gpu_power(const Gpu& gpu, const PowerSpec& power, double busy) {
  // A chip may idle above the power it is said to reach; computing then adds nothing.
  const Watts active = std::max(gpu.tdp * power.activity, gpu.idle);
  return gpu.idle + (active - gpu.idle) * std::clamp(busy, 0.0, 1.0);
}

Watts facility_power(const Gpu& gpu, const PowerSpec& power, const FleetLoad& load) {
  const Watts gpus = load.working * gpu_power(gpu, power, load.busy) + load.spare * gpu.idle;
  const Watts rest = (load.working + load.spare) * (power.node_overhead + power.network);
  return power.pue * (gpus + rest);
}

}  // namespace fleetcast
