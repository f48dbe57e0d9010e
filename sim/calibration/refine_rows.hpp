#pragma once

// Rows of a user's tables by chip and by the section of its curves that they tell of, and rows that
// tell of none, with the reason.

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/cost/kernel.hpp"
#include "sim/calibration/fit_kernels.hpp"

namespace fleetcast::fit {

/// A number format's section of GemmCurves.
struct GemmFormat {
  std::string_view key;
  GemmCurve GemmCurves::*curve;
};
inline constexpr std::array<GemmFormat, 4> kGemmFormats{{{"bf16", &GemmCurves::bf16},
                                                         {"fp8", &GemmCurves::fp8},
                                                         {"fp8_block", &GemmCurves::fp8_block},
                                                         {"fp4", &GemmCurves::fp4}}};

/// A class of kernels and a direction of AttentionCurves; backward has rows of both as well.
struct AttentionPart {
  std::string_view key;
  AttentionKernel kernel;
  AttentionCurve AttentionCurves::*curve;
  AttentionPass AttentionCurve::*pass;
};
inline constexpr std::array<AttentionPart, 4> kAttentionParts{{
    {"flash2 forward", AttentionKernel::kFlash2, &AttentionCurves::flash2,
     &AttentionCurve::forward},
    {"flash2 backward", AttentionKernel::kFlash2, &AttentionCurves::flash2,
     &AttentionCurve::backward},
    {"flash3 forward", AttentionKernel::kFlash3, &AttentionCurves::flash3,
     &AttentionCurve::forward},
    {"flash3 backward", AttentionKernel::kFlash3, &AttentionCurves::flash3,
     &AttentionCurve::backward},
}};

/// A kind's section of MemoryCurves.
struct MemoryPart {
  std::string_view key;
  MemoryCurve MemoryCurves::*curve;
};
/// By MemoryKind.
inline constexpr std::array<MemoryPart, kMemoryKindCount> kMemoryParts{
    {{"copy", &MemoryCurves::copy},
     {"norm", &MemoryCurves::norm},
     {"activation", &MemoryCurves::activation},
     {"softmax", &MemoryCurves::softmax},
     {"permute", &MemoryCurves::permute},
     {"quantize", &MemoryCurves::quantize},
     {"optimizer", &MemoryCurves::optimizer}}};

/// Of one chip, by section; those timed at the settled clock of lasting load apart.
struct ChipRows {
  std::string label;  ///< as the tables call it
  std::array<std::vector<GemmRow>, kGemmFormats.size()> gemm;
  std::vector<GemmRow> lasting_gemm, grouped;
  std::array<std::vector<AttentionRow>, kAttentionParts.size()> attention, lasting_attention;
  std::array<std::vector<MemoryRow>, kMemoryKindCount> memory;
  std::set<std::string> measured;  ///< what sources say of how, once each
};

struct SortedRows {
  std::map<std::string, ChipRows> chips;  ///< by file of configs/gpus, those with rows alone
  std::map<std::string, int> skipped;     ///< rows by reason
};

/// Requires: GPUs that gpu_named knows.
SortedRows sort_rows(const KernelTables& tables);

/// Whether a source says that kernels ran at the clock of lasting load: that of bench/device, or a
/// lasting bench that is known.
Clock clock_of_row(const GemmRow& row, FlopsPerSecond peak);

/// "experts=8 of 512 rows" in a source: 8; 0 where it does not say.
double experts_of(const GemmRow& row);

}  // namespace fleetcast::fit
