#include "models/cost/system.hpp"

#include <utility>

namespace fleetcast {

System make_system(Cluster cluster, Gpu gpu, KernelCurves curves, std::vector<Fabric> fabrics) {
  System out{std::move(cluster), std::move(gpu), std::move(curves), std::move(fabrics), {}, {}};
  std::vector<const Fabric*> by_tier;
  for (const Fabric& fabric : out.fabrics) by_tier.push_back(&fabric);
  out.chip = make_chip(out.gpu, out.curves);
  out.network = make_network(out.cluster, by_tier);
  return out;
}

bool runs(const System& system, const Precision& precision) {
  return system.chip.runs(precision.gemm) && (!precision.microscaling || system.gpu.microscaling);
}

}  // namespace fleetcast
