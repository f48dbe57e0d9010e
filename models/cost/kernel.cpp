#include "models/cost/kernel.hpp"

namespace fleetcast {
namespace {

ChipGemm make_format(FlopsPerSecond peak, Bytes element, const GemmCurve& own,
                     const GemmCurve& bf16, const Gpu& gpu) {
  const GemmCurve& curve = own.efficiency > 0.0 ? own : bf16;
  return {peak / gpu.sm_count, gpu.hbm_bandwidth * curve.memory_efficiency, element, curve};
}

}  // namespace

Chip make_chip(const Gpu& gpu, const KernelCurves& curves) {
  Chip chip;
  const GemmCurves& g = curves.gemm;
  const auto set = [&](Dtype d, const GemmCurve& curve) {
    chip.gemm[static_cast<unsigned char>(d)] =
        make_format(gpu.peak.of(d), bytes_of(d), curve, g.bf16, gpu);
  };
  set(Dtype::kFp32, g.bf16);
  set(Dtype::kBf16, g.bf16);
  set(Dtype::kFp16, g.bf16);
  set(Dtype::kFp8, g.fp8);
  set(Dtype::kFp4, g.fp4);
  const GemmCurve& block = g.fp8_block.efficiency > 0.0 ? g.fp8_block : g.fp8;
  chip.gemm_fp8_block = make_format(gpu.peak.fp8, Bytes{1.0}, block, g.bf16, gpu);
  const AttentionCurves& a = curves.attention;
  chip.attention = {AttentionCurve{}, a.flash2, a.flash3};
  const MemoryCurves& m = curves.memory;
  chip.memory = {m.copy, m.norm, m.activation, m.softmax, m.permute, m.quantize, m.optimizer};
  chip.attention_peak = chip.runs(Dtype::kBf16) ? gpu.peak.bf16 : gpu.peak.fp16;
  chip.hbm = gpu.hbm_bandwidth;
  chip.sm_count = gpu.sm_count;
  chip.grouped = curves.grouped;
  chip.sustained = curves.sustained;
  chip.attention_sustained = a.sustained;
  return chip;
}

Seconds memory_time(const Traffic& traffic, const Chip& chip) {
  const MemoryCurve& curve = chip.memory[static_cast<unsigned char>(traffic.kind)];
  return curve.launch * traffic.kernels + traffic.bytes / (chip.hbm * curve.efficiency);
}

}  // namespace fleetcast
