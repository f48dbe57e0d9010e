#include "sim/calibration/fit_kernels.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/calibration/fit_attention.hpp"
#include "sim/calibration/fit_gemm.hpp"
#include "sim/calibration/fit_memory.hpp"
#include "sim/calibration/sustained.hpp"
#include "sim/calibration/write_curves.hpp"
#include "sim/config/library.hpp"

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

/// A pass without rows stays as it is.
AttentionCurve fit_class(const KernelTables& tables, std::string_view generation,
                         std::string_view name,
                         const std::vector<std::string_view>& forward_sources,
                         const std::vector<std::string_view>& backward_sources,
                         const AttentionCurve& present, Attention& to) {
  ChipShelf shelf;
  const AttentionFit forward =
      fit_attention(tables.attention, {generation, "fwd", forward_sources}, shelf);
  AttentionCurve curve = present;
  if (forward.score.count() > 0) curve.forward = forward.pass;
  const AttentionFit backward =
      fit_attention(tables.attention, {generation, "bwd", backward_sources}, shelf, curve.forward);
  if (backward.score.count() > 0) curve.backward = backward.pass;
  to.quality += fmt::format("attention {}: forward {}, backward {};\n", name, forward.score.text(),
                            backward.score.text());
  return curve;
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

template <class Row>
bool has_rows(const std::vector<Row>& rows, std::string_view generation) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return std::any_of(kChips.begin(), kChips.end(), [&](const MeasuredChip& chip) {
      return chip.label == row.gpu && chip.generation == generation;
    });
  });
}

Attention attention_of(const KernelTables& tables, std::string_view generation,
                       const AttentionCurves& present) {
  Attention a{present, {}};
  AttentionCurves& c = a.curves;
  if (generation == "ampere") {
    c.flash2 = fit_class(tables, generation, "flash2", {"flash-attn 2"}, {"FA2 A100 figure"},
                         present.flash2, a);
    c.flash3 = c.flash2;
    a.quality += "attention flash3: that of flash2, the best there is on this chip;\n";
    return a;
  }
  if (has_rows(tables.attention, "hopper"))
    c.flash2 =
        fit_class(tables, "hopper", "flash2", {"(FA2)"}, {"FA2 H100 figure"}, present.flash2, a);
  if (generation == "hopper") {
    const std::vector<std::string_view> forward{"figure labels (FA3)", "figure labels (cuDNN)",
                                                "backend=cudnn"};
    c.flash3 =
        fit_class(tables, generation, "flash3", forward, {"backend=cudnn"}, present.flash3, a);
    return a;
  }
  // FlashAttention-2 uses Ampere's instructions: the same TFLOP/s an SM as on Hopper.
  if (has_rows(tables.attention, "hopper"))
    c.flash2 = slowed(c.flash2, (989.4 / 132.0) / (2500.0 / 152.0));
  a.quality += "attention flash2 is Hopper's at equal FLOP/s an SM (not measured here);\n";
  const std::vector<std::string_view> plain{"llama3.1 backend=cudnn", "dsv3 backend=cudnn dv",
                                            "kimiK26 backend=cudnn dv", "qwen35"};
  c.flash3 = fit_class(tables, generation, "flash3 (cuDNN)", plain, plain, present.flash3, a);
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

/// Any table may be partial: number formats that no row tells of stay as they are.
void keep_unmeasured(const KernelCurves& before, KernelCurves& curves) {
  for (GemmCurve GemmCurves::*format :
       {&GemmCurves::bf16, &GemmCurves::fp8, &GemmCurves::fp8_block, &GemmCurves::fp4})
    if ((curves.gemm.*format).efficiency == 0.0) curves.gemm.*format = before.gemm.*format;
  for (MemoryCurve ServingCurves::*kernel :
       {&ServingCurves::quantize_fp8, &ServingCurves::quantize_fp8_block,
        &ServingCurves::quantize_fp4})
    if ((curves.serving.*kernel).efficiency == 0.0) curves.serving.*kernel = before.serving.*kernel;
  if (curves.serving.fp4.efficiency == 0.0) curves.serving.fp4 = before.serving.fp4;
}

bool has_rows_of(const KernelTables& tables, const MeasuredChip& chip) {
  const auto of_chip = [&](const GemmRow& row) { return row.gpu == chip.label; };
  return std::any_of(tables.gemm.begin(), tables.gemm.end(), of_chip) ||
         has_rows(tables.attention, chip.generation) || has_rows(tables.memory, chip.generation);
}

/// nvfp4 GEMMs alone are measured on GB200 only, and at sustained clocks: every chip with nvfp4
/// gets that curve, whose search starts at the chip's fp8.
void add_fp4(const KernelTables& tables, const GemmCurve& start, KernelCurves& curves) {
  KernelCurves trial;
  trial.sustained = curves.sustained;
  trial.gemm.fp4 = start;
  const GemmFit fit = fit_gemm(tables.gemm, kFp4, gpu_of(kChips.back()), trial);
  if (fit.all.count() == 0) return;
  curves.gemm.fp4 = trial.gemm.fp4;
  curves.provenance += fmt::format("gemm fp4 on GB200: {};\n", fit.all.text());
}

/// Sections that no row of the generation tells of stay as they are, with what their file says of
/// their fit.
void add_shared(const KernelTables& tables, std::string_view generation, KernelCurves& curves) {
  if (has_rows(tables.attention, generation)) {
    const Attention attention = attention_of(tables, generation, curves.attention);
    curves.attention = attention.curves;
    curves.provenance += attention.quality;
  }
  if (has_rows(tables.memory, generation)) {
    const MemoryFit memory = fit_memory(tables.memory, generation, curves.memory);
    curves.memory = memory.curves;
    curves.provenance += fmt::format("memory: copy {}, norm {}, quantise {};\n", memory.copy.text(),
                                     memory.norm.text(), memory.quantize.text());
  }
}

/// Sentences of a fit's account, a line each, that stay true: those of sections which no row of the
/// generation refits.
std::string kept_provenance(const std::string& text, const KernelTables& tables,
                            std::string_view generation) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(';', from), text.size() - 1) + 1;
    std::string part = text.substr(from, end - from);
    part.erase(0, part.find_first_not_of(" \n"));
    from = end;
    const bool gone = (part.starts_with("attention") && has_rows(tables.attention, generation)) ||
                      (part.starts_with("memory") && has_rows(tables.memory, generation)) ||
                      ((part.starts_with("gemm") || part.starts_with("fitted") ||
                        part.starts_with("errors") || part.starts_with("sustained")) &&
                       !tables.gemm.empty());
    if (part.ends_with('.')) part.back() = ';';
    if (!gone && !part.empty()) out += part + "\n";
  }
  return out;
}

KernelCurves present_curves(const MeasuredChip& chip) {
  const std::string path = config::path_of("kernels", {std::string(chip.file), {}});
  return config::load<KernelCurves>(path).value;
}

FittedChip written(const MeasuredChip& chip, const KernelCurves& curves) {
  return {"kernels/" + std::string(chip.file), curves.provenance,
          kHead + yaml_of(curves) + kSources};
}

/// GEMM curves take minutes; without a table of GEMMs they are those of the present files.
std::vector<FittedChip> fit_without_gemms(const KernelTables& tables) {
  std::vector<FittedChip> out;
  for (const MeasuredChip& chip : kChips) {
    if (!has_rows(tables.attention, chip.generation) && !has_rows(tables.memory, chip.generation))
      continue;
    KernelCurves curves = present_curves(chip);
    curves.provenance = kept_provenance(curves.provenance, tables, chip.generation);
    add_shared(tables, chip.generation, curves);
    out.push_back(written(chip, curves));
  }
  return out;
}

}  // namespace

std::vector<FittedChip> fit_kernels(const KernelTables& tables, const std::string& date) {
  if (tables.gemm.empty()) return fit_without_gemms(tables);
  std::vector<FittedChip> out;
  std::vector<Fitted> own;
  std::vector<ChipCurves> bursts;
  for (const MeasuredChip& chip : kChips) {
    own.push_back(fit_gemms(tables, chip));
    bursts.push_back({chip.generation, chip.label, own.back().curves.gemm});
  }
  for (std::size_t i = 0; i < kChips.size(); ++i) {
    const MeasuredChip& chip = kChips[i];
    if (!has_rows_of(tables, chip)) continue;
    const Sustained lasting = sustained_of(tables.gemm, bursts, chip.generation);
    const KernelCurves before = present_curves(chip);
    KernelCurves curves = own[i].curves;
    keep_unmeasured(before, curves);
    curves.attention = before.attention;
    curves.memory = before.memory;
    curves.name = chip.label;
    curves.sustained = lasting.rows > 0 ? lasting.rate : before.sustained;
    curves.provenance =
        "fitted on " + date +
        " to measured kernels, never to training steps;\n"
        "errors are means of |predicted / measured - 1|, negative bias is predicted too fast;\n" +
        own[i].quality +
        fmt::format(
            "sustained: mean over sources of their medians, {} lasting GEMMs of the generation;\n",
            lasting.rows);
    if (chip.fp4 > 0.0) add_fp4(tables, own.back().curves.gemm.fp8, curves);
    curves.grouped = kGrouped;
    curves.provenance += kept_provenance(before.provenance, tables, chip.generation);
    add_shared(tables, chip.generation, curves);
    out.push_back(written(chip, curves));
  }
  return out;
}

}  // namespace fleetcast::fit
