#pragma once

// Curves of memory-bound kernels: fitted where a training-grade kernel was measured, stated rules
// elsewhere. PyTorch's and vLLM's norms and activations reach half as much and are left out.

#include <string_view>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/hardware/curve.hpp"
#include "sim/calibration/minimise.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast::fit {

struct MemoryFit {
  MemoryCurves curves;
  Score copy, norm, quantize;  ///< without rows where a curve is borrowed or a rule
};

/// What a row counts in a fit. Small kernels run from L2: tensors of 10 us and more at HBM speed
/// decide, the rest count a tenth.
double memory_weight(Seconds at_peak);

/// Curves of one generation: "ampere", "hopper" or "blackwell"; `present` where no row tells.
MemoryFit fit_memory(const std::vector<MemoryRow>& rows, std::string_view generation,
                     const MemoryCurves& present);

}  // namespace fleetcast::fit
