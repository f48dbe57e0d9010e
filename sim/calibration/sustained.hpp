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

/// Rate of one generation's lasting GEMMs over that of the burst curve at 1 ms: the median of each
/// source, and the mean over sources, so that the source with the most rows has no more say.
/// Lasting are AIC's bursts with 3 ms of work at peak and more, Azure's runs after 10,000 warm-ups,
/// and what SimuMax and vidur timed inside frameworks; m, n, k >= 1024, bf16, fp16, fp8.
Sustained sustained_of(const std::vector<GemmRow>& rows, const std::vector<ChipCurves>& chips,
                       std::string_view generation);

}  // namespace fleetcast::fit
