#pragma once

// What a row of a GEMM table stands for: its format, what runs besides the GEMM, under which clock.

#include <array>
#include <string_view>

#include "models/cost/kernel.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast {

/// How tables label a format. A "_dynq" row is an inference engine's: it quantises A from bf16
/// before its GEMM, which `quantizer` describes.
struct GemmLabel {
  std::string_view label;
  Dtype dtype;
  Scaling scaling = Scaling::kTensor;
  double quantised_bytes = 0.0;  ///< of each element of A: bf16 in, format and scales out
  MemoryCurve ServingCurves::*quantizer = nullptr;
};

/// Null for a label nobody knows.
const GemmLabel* find_label(std::string_view label);

/// Benches that time GEMMs under lasting load, and from which work at peak on each run holds the
/// power limit by itself.
struct LastingBench {
  std::string_view mark;  ///< in the source column
  Seconds at_peak;
};
inline constexpr std::array<LastingBench, 4> kLastingBenches{{
    {"10k warmup", Seconds{1e-4}},   // Azure, after ten thousand runs
    {"SimuMax", Seconds{1e-3}},      // inside a training framework
    {"vidur", Seconds{1e-3}},        // inside a serving framework
    {"; sustained", Seconds{1e-4}},  // bench/device/measure.py, a second and more of the same
}};

/// Sustained for a lasting bench whose GEMM has at least 0.1 ms of work at peak, else burst: most
/// tables time a few runs of a cool chip, and runs of short kernels leave it too idle to heat.
Clock clock_of(std::string_view source, Seconds at_peak);

/// Traffic of C beyond writing it in bf16, where the source states another output ("out=fp32") or
/// that it is added to ("acc=True").
Bytes epilogue_of(const GemmRow& row);

/// The chip with the kernels that a label implies: those of inference engines for "_dynq", where
/// they are measured.
Chip chip_for(const GemmLabel& label, const Gpu& gpu, KernelCurves curves);

/// Requires: a chip made for that label.
Seconds price(const GemmRow& row, const GemmLabel& label, const Chip& chip);

}  // namespace fleetcast
