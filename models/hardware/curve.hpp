#pragma once

// What kernels reach in practice, as fractions of a chip's datasheet peaks, so that a chip without
// measurements can borrow the curves of a relative. Fitted to measured kernels (calibrate), never
// to training steps; models/cost/kernel.hpp turns them into times. Files: configs/kernels.

#include <string>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"
#include "models/hardware/attention_curve.hpp"

namespace fleetcast {

/// One number format's GEMM library on one chip generation: kernel choice, tiles, waves, power.
struct GemmCurve {
  Seconds launch{};                ///< fixed cost of one kernel
  double efficiency = 0.0;         ///< of the tensor peak, inside a full wave; 0 = no curve
  double power_derate = 0.0;       ///< of peak, lost for each tenfold of work beyond 1 ms at peak
  double memory_efficiency = 0.0;  ///< of HBM bandwidth
  BytesPerSecond operands{};  ///< from L2 into one SM; with multicast more than the wires carry
  Seconds tile{};             ///< fill and drain of one output tile
  Seconds split{};            ///< adding up partial sums, when k is split over SMs
  double sharpness = 0.0;     ///< p of the p-norm that joins computing and moving; large = maximum
  double last_wave = 1.0;     ///< of a full wave: what a last wave costs with hardly a tile in it
};

struct GemmCurves {
  GemmCurve bf16;       ///< and fp16
  GemmCurve fp8;        ///< one scale a tensor
  GemmCurve fp8_block;  ///< scales for 1 x 128 and 128 x 128 blocks
  GemmCurve fp4;        ///< nvfp4 and mxfp4
};

struct AttentionCurves {
  AttentionCurve flash2;
  AttentionCurve flash3;  ///< the generation's own best: FlashAttention-3, cuDNN, TensorRT-LLM
  double sustained =
      1.0;  ///< rate in training over that of the tables, whose runs are long already
};

/// One class of memory-bound kernels: t = launch + bytes / (efficiency * HBM bandwidth).
struct MemoryCurve {
  Seconds launch{};
  double efficiency = 0.0;
};

/// By MemoryKind (models/workload/op.hpp).
struct MemoryCurves {
  MemoryCurve copy;
  MemoryCurve norm;
  MemoryCurve activation;
  MemoryCurve softmax;
  MemoryCurve permute;
  MemoryCurve quantize;
  MemoryCurve optimizer;
};

/// What inference engines (TensorRT-LLM, SGLang) run where training runs other kernels; tables of
/// GEMMs "with dynamic quantisation" are theirs. Efficiency 0 = not measured.
struct ServingCurves {
  MemoryCurve quantize_fp8;        ///< one scale a tensor: a maximum, then a cast
  MemoryCurve quantize_fp8_block;  ///< 1 x 128
  MemoryCurve quantize_fp4;        ///< 1 x 16 and one a tensor
  GemmCurve fp4;
};

struct KernelCurves {
  std::string name;
  std::string provenance;
  GemmCurves gemm;
  double grouped = 1.0;    ///< rate of a grouped GEMM over one GEMM of the same work
  double sustained = 1.0;  ///< rate of GEMMs in training over that in short bursts
  AttentionCurves attention;
  MemoryCurves memory;
  ServingCurves serving;
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<GemmCurve> {
  static constexpr auto value = std::tuple{
      required("launch", &GemmCurve::launch, "fixed cost of one kernel", kNonNegative),
      required("efficiency", &GemmCurve::efficiency, "of the tensor peak, inside a full wave",
               between(0.01, 1.2)),
      required("power_derate", &GemmCurve::power_derate,
               "of peak, lost for each tenfold of work beyond 1 ms", kRatio),
      required("memory_efficiency", &GemmCurve::memory_efficiency, "of HBM bandwidth",
               between(0.01, 1.2)),
      required("operands", &GemmCurve::operands, "from L2 into one SM", kPositive),
      required("tile", &GemmCurve::tile, "fill and drain of one output tile", kNonNegative),
      required("split", &GemmCurve::split, "adding up the partial sums of a split k", kNonNegative),
      required("sharpness", &GemmCurve::sharpness,
               "p of the p-norm that joins computing and moving", between(1.0, 100.0)),
      optional("last_wave", &GemmCurve::last_wave,
               "of a full wave: what a last wave costs with hardly a tile in it", kRatio),
  };
};
template <>
struct List<GemmCurves> {
  static constexpr auto value = std::tuple{
      required("bf16", &GemmCurves::bf16, "bf16 and fp16"),
      optional("fp8", &GemmCurves::fp8, "fp8, one scale a tensor"),
      optional("fp8_block", &GemmCurves::fp8_block, "fp8, scales for blocks of 128"),
      optional("fp4", &GemmCurves::fp4, "nvfp4 and mxfp4"),
  };
};
template <>
struct List<AttentionCurves> {
  static constexpr auto value = std::tuple{
      required("flash2", &AttentionCurves::flash2, "FlashAttention-2"),
      required("flash3", &AttentionCurves::flash3,
               "the generation's best: FlashAttention-3, cuDNN, TensorRT-LLM"),
      optional("sustained", &AttentionCurves::sustained, "rate in training over that of the tables",
               between(0.3, 1.2)),
  };
};
template <>
struct List<MemoryCurve> {
  static constexpr auto value = std::tuple{
      required("launch", &MemoryCurve::launch, "fixed cost of one kernel", kNonNegative),
      required("efficiency", &MemoryCurve::efficiency, "of HBM bandwidth", between(0.01, 1.2)),
  };
};
template <>
struct List<MemoryCurves> {
  static constexpr auto value = std::tuple{
      required("copy", &MemoryCurves::copy, "residual adds, transposes, embedding look-up"),
      required("norm", &MemoryCurves::norm, "RMSNorm, LayerNorm"),
      required("activation", &MemoryCurves::activation, "SwiGLU, GeLU, rotary"),
      required("softmax", &MemoryCurves::softmax, "cross-entropy, unfused attention scores"),
      required("permute", &MemoryCurves::permute, "token permutation of MoE layers"),
      required("quantize", &MemoryCurves::quantize, "casts and scales of low-precision recipes"),
      required("optimizer", &MemoryCurves::optimizer, "Adam step, gradient norms"),
  };
};
template <>
struct List<ServingCurves> {
  static constexpr auto value = std::tuple{
      optional("quantize_fp8", &ServingCurves::quantize_fp8, "to fp8, one scale a tensor"),
      optional("quantize_fp8_block", &ServingCurves::quantize_fp8_block, "to fp8, 1 x 128"),
      optional("quantize_fp4", &ServingCurves::quantize_fp4, "to nvfp4"),
      optional("fp4", &ServingCurves::fp4, "nvfp4 GEMM"),
  };
};
template <>
struct List<KernelCurves> {
  static constexpr auto value = std::tuple{
      required("name", &KernelCurves::name, "chip generation measured"),
      required("provenance", &KernelCurves::provenance, "tables, rows, error, date"),
      required("gemm", &KernelCurves::gemm, "by number format"),
      required("grouped", &KernelCurves::grouped,
               "rate of a grouped GEMM over one GEMM of the same work", between(0.1, 1.2)),
      required("sustained", &KernelCurves::sustained,
               "rate of GEMMs in training over that in short bursts", between(0.3, 1.2)),
      required("attention", &KernelCurves::attention, "by kernel class"),
      required("memory", &KernelCurves::memory, "by kind of memory-bound kernel"),
      optional("serving", &KernelCurves::serving,
               "kernels of inference engines that training does not run"),
  };
};
}  // namespace fleetcast::fields
