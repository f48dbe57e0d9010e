#include "sim/validation/gemm_price.hpp"

#include <algorithm>

namespace fleetcast {
namespace {

constexpr std::array<GemmLabel, 11> kLabels{{
    {"bf16", Dtype::kBf16},
    {"fp16", Dtype::kFp16},
    {"fp8", Dtype::kFp8},
    {"fp8_dynq", Dtype::kFp8, Scaling::kTensor, 5.0,  // read once more for the maximum
     &ServingCurves::quantize_fp8},
    {"fp8_block", Dtype::kFp8, Scaling::kBlock},
    {"fp8_block_dynq", Dtype::kFp8, Scaling::kBlock, 3.03, &ServingCurves::quantize_fp8_block},
    {"mxfp8", Dtype::kFp8},
    {"mxfp8_dynq", Dtype::kFp8, Scaling::kTensor, 3.03, &ServingCurves::quantize_fp8_block},
    {"mxfp4", Dtype::kFp4},
    {"nvfp4", Dtype::kFp4},
    {"nvfp4_dynq", Dtype::kFp4, Scaling::kTensor, 2.5625, &ServingCurves::quantize_fp4},
}};

// Azure's, SimuMax's and vidur's shorter GEMMs run at burst rates on A100 to GB200, whatever the
// number of runs; from here on all of them are slower than bursts.
constexpr Seconds kHeats{1e-4};

bool says(std::string_view source, std::string_view mark) {
  return source.find(mark) != std::string_view::npos;
}

}  // namespace

const GemmLabel* find_label(std::string_view label) {
  const auto found = std::find_if(kLabels.begin(), kLabels.end(),
                                  [&](const GemmLabel& known) { return known.label == label; });
  return found == kLabels.end() ? nullptr : &*found;
}

Clock clock_of(std::string_view source, Seconds at_peak) {
  const bool lasts =
      std::any_of(kLastingBenches.begin(), kLastingBenches.end(),
                  [&](const LastingBench& bench) { return says(source, bench.mark); });
  return lasts && at_peak >= kHeats ? Clock::kSustained : Clock::kBurst;
}

Bytes epilogue_of(const GemmRow& row) {
  const double width = says(row.source, "out=fp32") ? 4.0 : 2.0;
  const double moved = says(row.source, "acc=True") ? 2.0 * width : width;
  return Bytes{(moved - 2.0) * row.shape.m * row.shape.n};
}

Chip chip_for(const GemmLabel& label, const Gpu& gpu, KernelCurves curves) {
  if (label.quantizer != nullptr) {
    const MemoryCurve& quantize = curves.serving.*label.quantizer;
    if (quantize.efficiency > 0.0) curves.memory.quantize = quantize;
    if (curves.serving.fp4.efficiency > 0.0) curves.gemm.fp4 = curves.serving.fp4;
  }
  return make_chip(gpu, curves);
}

Seconds price(const GemmRow& row, const GemmLabel& label, const Chip& chip) {
  const FlopsPerSecond peak =
      chip.gemm[static_cast<unsigned char>(label.dtype)].sm_peak * chip.sm_count;
  const GemmOptions options{.epilogue = epilogue_of(row),
                            .scaling = label.scaling,
                            .clock = clock_of(row.source, row.shape.work() / peak)};
  const Seconds gemm = gemm_time(row.shape, label.dtype, chip, options);
  if (label.quantizer == nullptr) return gemm;
  const Bytes quantised{label.quantised_bytes * row.shape.m * row.shape.k};
  return gemm + memory_time({MemoryKind::kQuantize, quantised, 1.0}, chip);
}

}  // namespace fleetcast
