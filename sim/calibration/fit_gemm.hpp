#pragma once

// GEMM curves fitted to measured GEMMs, one per number format and chip.

#include <string>
#include <vector>

#include "models/cost/kernel.hpp"
#include "sim/calibration/chips.hpp"
#include "sim/calibration/minimise.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast::fit {

/// What is fitted to which rows.
struct GemmTarget {
  std::string_view key;                          ///< in the files' words
  std::string_view label;                        ///< dtype column
  std::string_view source;                       ///< rows whose source holds this are fitted
  GemmCurve& (*curve)(KernelCurves&) = nullptr;  ///< null: the quantiser alone
  MemoryCurve ServingCurves::*quantizer = nullptr;
};

struct GemmFit {
  Score all, large;  ///< large: m, n, k >= 1024
};

/// What a row counts in a fit: training GEMMs are large; small ones keep launch and tile costs
/// honest.
double gemm_weight(const GemmShape& shape);

/// Fits the target's curve and quantiser to the chip's rows, each at the clock its source implies,
/// and leaves them in `curves`; without rows `curves` stay. The search starts at the curve that is
/// in `curves`, if any, and stays there where rows are silent.
GemmFit fit_gemm(const std::vector<GemmRow>& rows, const GemmTarget& target, const Gpu& gpu,
                 KernelCurves& curves);

}  // namespace fleetcast::fit
