#include "sim/report/result.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>

namespace fleetcast::report {
namespace {

constexpr std::array<MemoryPart, 7> kMemoryParts{{
    {"weights", &MemoryUse::weights, "weights, low-precision copies included"},
    {"gradients", &MemoryUse::gradients, "gradients"},
    {"optimizer", &MemoryUse::optimizer, "optimizer states and master weights"},
    {"activations", &MemoryUse::activations, "activations kept for the backward pass"},
    {"working", &MemoryUse::working, "alive within one layer"},
    {"buffers", &MemoryUse::buffers, "context, workspaces, communication"},
    {"fragmentation", &MemoryUse::fragmentation, "lost in the allocator"},
}};

}  // namespace

std::string misfit_text(const Misfit& misfit) {
  if (misfit.fits()) return "fits";
  return fmt::format(fmt::runtime(misfit.reason->text), misfit.needed, misfit.available);
}

std::string recompute_text(const Recompute& recompute) {
  if (recompute.full && recompute.full_layers > 0)
    return fmt::format("full, {:.0f} layers of each chunk", recompute.full_layers);
  std::string modules;
  for (const RecomputeName& name : recompute_names()) {
    if (name.value == recompute) return std::string(name.key);
    const bool is_module = std::popcount(unsigned{name.value.modules}) == 1;
    if (!is_module || name.key == "selective" || (recompute.modules & name.value.modules) == 0)
      continue;
    modules += (modules.empty() ? "" : "+") + std::string(name.key);
  }
  return modules;
}

std::span<const MemoryPart> memory_parts() { return kMemoryParts; }

}  // namespace fleetcast::report
