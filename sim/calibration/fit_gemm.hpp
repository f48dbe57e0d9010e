#pragma once

// GEMM curves fitted to measured GEMMs, one per number format and chip.

#include <string>
#include <vector>

#include "models/cost/kernel.hpp"
#include "sim/calibration/chips.hpp"
#include "sim/calibration/minimise.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast::fit {

/// Rows of one format: how tables label them, and how the model prices them.
struct GemmFormat {
  std::string_view key;     ///< in GemmCurves
  std::string_view label;   ///< dtype column
  std::string_view source;  ///< rows whose source holds this are fitted
  Dtype dtype;
  Scaling scaling;
  double quantised_bytes;  ///< of each element of A in a kernel before the GEMM; 0 = GEMM alone
};

struct GemmFit {
  GemmCurve curve;
  std::vector<double> quantise;  ///< launch (s), share of HBM; empty for GEMMs alone
  Score all, large;              ///< large: m, n, k >= 1024
};

GemmCurve& curve_of(GemmCurves& curves, std::string_view key);

/// Time of a row on a chip whose curves hold `curve` for that format.
Seconds predict(const GemmRow& row, const GemmFormat& format, const Chip& chip,
                const std::vector<double>& quantise, Clock clock = Clock::kBurst);

/// Fitted to burst times; or, where `sustained` is not 0, to times at sustained clocks, starting
/// (and staying, where rows are silent) at `start`.
GemmFit fit_gemm(const std::vector<GemmRow>& rows, const GemmFormat& format, const Gpu& gpu,
                 double sustained = 0.0, const GemmCurve& start = {});

}  // namespace fleetcast::fit
