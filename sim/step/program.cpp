#include "sim/step/program.hpp"

namespace fleetcast {
namespace {

struct CostName {
  std::string_view key;
  std::string_view meaning;
};

constexpr std::array<CostName, kCostCount> kNames{{
    {"gemm", "matrix products"},
    {"attention", "core attention"},
    {"memory_bound", "norms, activations, residuals, permutation, loss"},
    {"quantize", "casts and scales of low precision"},
    {"recompute", "activations computed again"},
    {"host", "GPU waiting for kernel launches"},
    {"interference", "compute slowed by hidden communication"},
    {"tp_exposed", "tensor-parallel exchange not hidden"},
    {"cp_exposed", "context-parallel exchange not hidden"},
    {"ep_exposed", "expert all-to-all not hidden"},
    {"pp_exposed", "stage-to-stage transfers not hidden"},
    {"dp_exposed", "gradient and weight exchange not hidden"},
    {"bubble", "pipeline stages waiting for each other"},
    {"optimizer", "optimizer step and gradient norm"},
    {"straggler", "waiting for the slowest of all ranks"},
    {"overhead", "data loading, logging, synchronisation"},
}};

}  // namespace

std::string_view key_of(Cost cost) { return kNames[static_cast<std::size_t>(cost)].key; }
std::string_view meaning_of(Cost cost) { return kNames[static_cast<std::size_t>(cost)].meaning; }

Seconds Breakdown::total() const {
  Seconds sum{};
  for (const Seconds s : part) sum += s;
  return sum;
}

Breakdown& Breakdown::operator+=(const Breakdown& other) { return add(other, 1.0); }

Breakdown& Breakdown::add(const Breakdown& other, double times) {
  for (std::size_t i = 0; i < part.size(); ++i) part[i] += other.part[i] * times;
  return *this;
}

}  // namespace fleetcast
