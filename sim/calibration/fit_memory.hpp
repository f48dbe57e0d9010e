#pragma once

// Curves of memory-bound kernels: fitted where a training-grade kernel was measured, stated rules
// elsewhere. PyTorch's and vLLM's norms and activations reach half as much and are left out.

#include <string_view>
#include <vector>

#include "models/hardware/curve.hpp"
#include "sim/calibration/minimise.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast::fit {

struct MemoryFit {
  MemoryCurves curves;
  Score copy, norm, quantize;  ///< without rows where a curve is borrowed or a rule
};

/// Curves of one generation: "ampere", "hopper" or "blackwell"; `present` where no row tells.
MemoryFit fit_memory(const std::vector<MemoryRow>& rows, std::string_view generation,
                     const MemoryCurves& present);

}  // namespace fleetcast::fit
