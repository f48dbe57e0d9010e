#pragma once

// The rate of GEMMs under lasting load over their rate in short bursts, from kernel tables alone.

#include <string_view>
#include <vector>

#include "models/hardware/curve.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast::fit {

struct ChipCurves {
  std::string_view generation, label;
  GemmCurves gemm;
};

struct Sustained {
  double rate = 1.0;
  int rows = 0;
};

/// Median, over one generation's large GEMMs that ran long enough to meet the power limit, of the
/// measured rate over that of the burst curve at 1 ms. These are bursts with 3 ms and more of work at
/// peak, and Azure's runs after 10,000 warm-ups with 0.1 ms and more; m, n, k >= 1024, bf16, fp16, fp8.
Sustained sustained_of(const std::vector<GemmRow>& rows, const std::vector<ChipCurves>& chips,
                       std::string_view generation);

}  // namespace fleetcast::fit
