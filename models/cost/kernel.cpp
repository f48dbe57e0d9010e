#include "models/cost/kernel.hpp"

#include <algorithm>
#include <cmath>

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
  chip.l2 = gpu.l2;
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

/// Streaming, rows and the walk along one row overlap (p-norm); L2 saves a share of the streaming.
Seconds memory_time(Bytes bytes, double rows, const MemoryPass& kernel, const Chip& chip) {
  if (bytes <= Bytes{}) return kernel.launch;
  const double held = std::min(1.0, kernel.cache_share * chip.l2 / bytes);
  const Seconds stream = bytes / (chip.hbm * kernel.efficiency) * (1.0 - kernel.cached * held);
  const Seconds work = kernel.row * (rows / chip.sm_count);
  const Seconds walk = kernel.walk > BytesPerSecond{} ? bytes / rows / kernel.walk : Seconds{};
  const Seconds slowest = std::max({stream, work, walk});
  const auto part = [&](Seconds time) { return std::pow(time / slowest, kernel.sharpness); };
  return kernel.launch +
         slowest * std::pow(part(stream) + part(work) + part(walk), 1.0 / kernel.sharpness);
}

}  // namespace fleetcast
