#pragma once

// The chips that the kernel tables were measured on, by datasheet: what fractions are fractions of.
// Sources: configs/gpus of the same names.

#include <array>
#include <string>
#include <string_view>

#include "models/hardware/gpu.hpp"

namespace fleetcast::fit {

struct MeasuredChip {
  std::string_view file;   ///< configs/kernels/<file>.yaml
  std::string_view label;  ///< in the gpu column of the tables
  std::string_view generation;
  double bf16, fp8, fp4;  ///< dense, TFLOP/s
  double hbm;             ///< TB/s
  double sm_count;
};

inline constexpr std::array<MeasuredChip, 5> kChips{{
    {"a100", "A100-SXM4-80GB", "ampere", 312, 0, 0, 2.039, 108},
    {"h100", "H100-SXM5-80GB", "hopper", 989.4, 1978.9, 0, 3.35, 132},
    {"h200", "H200-SXM", "hopper", 989.4, 1978.9, 0, 4.8, 132},
    {"b200", "B200-SXM", "blackwell", 2250, 4500, 9000, 7.7, 148},
    {"gb200", "GB200", "blackwell", 2500, 5000, 10000, 8.0, 152},
}};

/// Curves that a chip would have borrowed before it was measured: those of the generation before
/// it;
/// "" for the first.
constexpr std::string_view generation_before(std::string_view kernels) {
  if (kernels == "h100" || kernels == "h200") return "a100";
  if (kernels == "b200" || kernels == "gb200") return "h100";
  return "";
}

inline Gpu gpu_of(const MeasuredChip& chip) {
  constexpr double kTera = 1e12;
  Gpu gpu;
  gpu.name = chip.label;
  gpu.peak.bf16 = gpu.peak.fp16 = FlopsPerSecond{chip.bf16 * kTera};
  gpu.peak.fp8 = FlopsPerSecond{chip.fp8 * kTera};
  gpu.peak.fp4 = FlopsPerSecond{chip.fp4 * kTera};
  gpu.hbm_bandwidth = BytesPerSecond{chip.hbm * kTera};
  gpu.sm_count = chip.sm_count;
  return gpu;
}

}  // namespace fleetcast::fit
