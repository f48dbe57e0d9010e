#pragma once

// Predicted against measured GEMMs, by chip and number format.

#include <string>
#include <vector>

#include "sim/validation/kernel_table.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

struct ValidatedGemm {
  std::string id;  ///< "H100-SXM5-80GB bf16 1x128x6144"
  std::string gpu, dtype, source;
  GemmShape shape;
  Seconds measured{}, predicted{};
  double error = 0;  ///< predicted / measured - 1
};

struct KernelValidation {
  std::vector<ValidatedGemm> rows;
  std::vector<SkippedRow> skipped;
  ErrorSummary all;
  std::vector<ErrorSummary> by_group;  ///< chip and format
  std::vector<ErrorSummary>
      by_source;  ///< the same, where several sources measured it: they differ
};

/// At the clock that a row's source implies. A chip or format that is not known is skipped, with
/// its reason. Throws: config::ConfigError for a broken file of configs/.
KernelValidation validate_gemms(const std::vector<GemmRow>& rows);

/// The name in configs/gpus of a chip as tables and drivers call it ("H100-SXM5-80GB", "NVIDIA H100
/// PCIe"), or "". What is not said is SXM, and the most memory.
std::string gpu_named(const std::string& label);

}  // namespace fleetcast
