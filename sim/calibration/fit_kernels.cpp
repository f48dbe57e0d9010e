#include "sim/calibration/fit_kernels.hpp"

#include <fmt/format.h>

#include "sim/calibration/fit_attention.hpp"
#include "sim/calibration/fit_gemm.hpp"
#include "sim/calibration/fit_memory.hpp"
#include "sim/calibration/sustained.hpp"
#include "sim/calibration/write_curves.hpp"

namespace fleetcast::fit {
namespace {

// fp8 quantises before GEMMs that are measured alone too: there only the quantiser is fitted.
constexpr GemmTarget kBurstTargets[]{
    {"bf16", "bf16", "AIC", [](KernelCurves& c) -> GemmCurve& { return c.gemm.bf16; }},
    {"fp8", "fp8", "AIC trtllm", [](KernelCurves& c) -> GemmCurve& { return c.gemm.fp8; }},
    {"quantise + fp8", "fp8_dynq", "AIC trtllm", nullptr, &ServingCurves::quantize_fp8},
    {"quantise + fp8_block", "fp8_block_dynq", "AIC sglang",
     [](KernelCurves& c) -> GemmCurve& { return c.gemm.fp8_block; },
     &ServingCurves::quantize_fp8_block},
    {"quantise + serving fp4", "nvfp4_dynq", "AIC",
     [](KernelCurves& c) -> GemmCurve& { return c.serving.fp4; }, &ServingCurves::quantize_fp4},
};
// cuBLASLt, as training runs it. The nvfp4 kernels of inference engines (above) reach a third less
// on large shapes, so one curve cannot be both.
constexpr GemmTarget kFp4{"fp4", "nvfp4", "Azure",
                          [](KernelCurves& c) -> GemmCurve& { return c.gemm.fp4; }};

// DeepGEMM on H800, N x K 4096 x 7168: 1288-1297 TFLOP/s in groups of 4096-8192 rows, 1304 alone.
constexpr double kGrouped = 0.99;

struct Attention {
  AttentionCurves curves;
  std::string quality;
};

AttentionCurve fit_class(const KernelTables& tables, std::string_view generation,
                         std::string_view name,
                         const std::vector<std::string_view>& forward_sources,
                         const std::vector<std::string_view>& backward_sources, Attention& to) {
  const AttentionFit forward =
      fit_attention(tables.attention, {generation, "fwd", forward_sources});
  const AttentionFit backward =
      fit_attention(tables.attention, {generation, "bwd", backward_sources}, forward.pass);
  to.quality += fmt::format("attention {}: forward {}, backward {};\n", name, forward.score.text(),
                            backward.score.text());
  to.curves.sustained = std::min({1.0, forward.sustained, backward.sustained});
  return {forward.pass, backward.pass};
}

/// A generation's flash2 by the share of its tensor peak that another's reaches at equal rates.
AttentionCurve slowed(AttentionCurve curve, double factor) {
  for (AttentionPass* pass : {&curve.forward, &curve.backward}) {
    pass->efficiency_64 *= factor;
    pass->efficiency_128 *= factor;
    pass->efficiency_256 *= factor;
    pass->efficiency_mla *= factor;
  }
  return curve;
}

Attention attention_of(const KernelTables& tables, std::string_view generation) {
  Attention a;
  if (generation == "ampere") {
    a.curves.flash2 =
        fit_class(tables, generation, "flash2", {"flash-attn 2"}, {"FA2 A100 figure"}, a);
    a.curves.flash3 = a.curves.flash2;
    a.quality += "attention flash3: that of flash2, the best there is on this chip;\n";
    return a;
  }
  a.curves.flash2 = fit_class(tables, "hopper", "flash2", {"(FA2)"}, {"FA2 H100 figure"}, a);
  if (generation == "hopper") {
    const std::vector<std::string_view> forward{"figure labels (FA3)", "figure labels (cuDNN)",
                                                "backend=cudnn"};
    a.curves.flash3 = fit_class(tables, generation, "flash3", forward, {"backend=cudnn"}, a);
    return a;
  }
  // FlashAttention-2 uses Ampere's instructions: the same TFLOP/s an SM as on Hopper.
  a.curves.flash2 = slowed(a.curves.flash2, (989.4 / 132.0) / (2500.0 / 152.0));
  a.quality += "attention flash2 is Hopper's at equal FLOP/s an SM (not measured here);\n";
  const std::vector<std::string_view> plain{"llama3.1 backend=cudnn", "dsv3 backend=cudnn dv",
                                            "kimiK26 backend=cudnn dv", "qwen35"};
  a.curves.flash3 = fit_class(tables, generation, "flash3 (cuDNN)", plain, plain, a);
  return a;
}

constexpr const char* kHead =
    "# Written by `fleetcast calibrate`; curves are fractions of the datasheet in "
    "configs/gpus.\n";

constexpr const char* kSources =
    "sources:\n"
    "  aic: \"ai-dynamo/aiconfigurator 095f58a (Apache-2.0): GEMM, quantise\"\n"
    "  azure: \"Azure/AI-benchmarking-guide 8fd0c6e (MIT): cuBLASLt after 10,000 warm-ups, "
    "BabelStream\"\n"
    "  cudnn: \"NVIDIA/cudnn-frontend 3929da2 (MIT): SDPA on H200 and GB200, RMSNorm\"\n"
    "  flash: \"Dao-AILab/flash-attention 0251105 (BSD-3): figures of FA2 and FA3\"\n"
    "  vidur: \"microsoft/vidur 7d47513 (MIT): residual add on A100\"\n"
    "  deepgemm: \"deepseek-ai/DeepGEMM README (MIT): grouped against single GEMMs, H800\"\n";

/// What one chip's own tables say, before curves that a generation shares.
struct Fitted {
  KernelCurves curves;
  std::string quality;
};

Fitted fit_gemms(const KernelTables& tables, const MeasuredChip& chip) {
  Fitted own;
  for (const GemmTarget& target : kBurstTargets) {
    const GemmFit fit = fit_gemm(tables.gemm, target, gpu_of(chip), own.curves);
    if (fit.all.count() == 0) continue;
    own.quality += fmt::format("gemm {}: {}, with m, n, k >= 1024 {};\n", target.key,
                               fit.all.text(), fit.large.text());
  }
  return own;
}

/// nvfp4 GEMMs alone are measured on GB200 only, and at sustained clocks: every chip with nvfp4
/// gets that curve, whose search starts at the chip's fp8.
void add_fp4(const KernelTables& tables, const GemmCurve& start, KernelCurves& curves) {
  KernelCurves trial;
  trial.sustained = curves.sustained;
  trial.gemm.fp4 = start;
  const GemmFit fit = fit_gemm(tables.gemm, kFp4, gpu_of(kChips.back()), trial);
  curves.gemm.fp4 = trial.gemm.fp4;
  curves.provenance += fmt::format("gemm fp4 on GB200: {};\n", fit.all.text());
}

void add_shared(const KernelTables& tables, std::string_view generation, KernelCurves& curves) {
  const Attention attention = attention_of(tables, generation);
  const MemoryFit memory = fit_memory(tables.memory, generation);
  curves.attention = attention.curves;
  curves.memory = memory.curves;
  curves.grouped = kGrouped;
  curves.provenance += attention.quality + fmt::format("memory: copy {}, norm {}, quantise {}.\n",
                                                       memory.copy.text(), memory.norm.text(),
                                                       memory.quantize.text());
}

}  // namespace

std::vector<FittedChip> fit_kernels(const KernelTables& tables) {
  std::vector<FittedChip> out;
  std::vector<Fitted> own;
  std::vector<ChipCurves> bursts;
  for (const MeasuredChip& chip : kChips) {
    own.push_back(fit_gemms(tables, chip));
    bursts.push_back({chip.generation, chip.label, own.back().curves.gemm});
  }
  for (std::size_t i = 0; i < kChips.size(); ++i) {
    const MeasuredChip& chip = kChips[i];
    const Sustained lasting = sustained_of(tables.gemm, bursts, chip.generation);
    KernelCurves curves = own[i].curves;
    curves.name = chip.label;
    curves.sustained = lasting.rate;
    curves.provenance =
        "fitted on 2026-11-23 to measured kernels, never to training steps;\n"
        "errors are means of |predicted / measured - 1|, negative bias is predicted too fast;\n" +
        own[i].quality +
        fmt::format(
            "sustained: mean over sources of their medians, {} lasting GEMMs of the generation;\n",
            lasting.rows);
    if (chip.fp4 > 0.0) add_fp4(tables, own.back().curves.gemm.fp8, curves);
    add_shared(tables, chip.generation, curves);
    out.push_back({std::string(chip.file), curves.provenance, kHead + yaml_of(curves) + kSources});
  }
  return out;
}

}  // namespace fleetcast::fit
