#include "sim/calibration/refine_chip.hpp"

#include <algorithm>
#include <cmath>

#include "sim/calibration/fit_gemm.hpp"
#include "sim/calibration/fit_memory.hpp"
#include "sim/calibration/fit_pass.hpp"
#include "sim/validation/gemm_price.hpp"
#include "sim/validation/kernel_class.hpp"

namespace fleetcast::fit {
namespace {

constexpr double kMicro = 1e-6, kGiga = 1e9;

// Knobs: usual value, bounds that the meaning allows, spread as a share. Spreads are assumed, after
// how far the fitted curves of configs/kernels lie apart: efficiencies a tenth, fixed times half,
// the rest between.
const std::vector<Knob<GemmCurve>> kGemmKnobs{
    {&GemmCurve::launch, {2.5, 0.0, 50.0, 0.5}, kMicro},
    {&GemmCurve::efficiency, {0.8, 0.02, 1.2, 0.1}},
    {&GemmCurve::power_derate, {0.08, 0.0, 0.5, 0.4}},
    {&GemmCurve::memory_efficiency, {0.8, 0.02, 1.2, 0.1}},
    {&GemmCurve::operands, {150.0, 5.0, 1000.0, 0.2}, kGiga},
    {&GemmCurve::tile, {0.5, 0.0, 20.0, 0.5}, kMicro},
    {&GemmCurve::split, {3.0, 0.0, 50.0, 0.3}, kMicro},
    {&GemmCurve::sharpness, {3.0, 1.0, 20.0, 0.3}},
    {&GemmCurve::last_wave, {0.8, 0.0, 1.0, 0.3}}};
const std::vector<Knob<MemoryCurve>> kMemoryKnobs{
    {&MemoryCurve::launch, {2.0, 0.0, 100.0, 0.5}, kMicro},
    {&MemoryCurve::efficiency, {0.8, 0.02, 1.2, 0.1}}};
const std::vector<Knob<KernelCurves>> kSustainedKnobs{
    {&KernelCurves::sustained, {0.9, 0.3, 1.0, 0.05}}};
const std::vector<Knob<KernelCurves>> kGroupedKnobs{
    {&KernelCurves::grouped, {0.95, 0.1, 1.2, 0.1}}};
const std::vector<Knob<AttentionCurves>> kAttentionSustainedKnobs{
    {&AttentionCurves::sustained, {0.95, 0.3, 1.2, 0.05}}};

void add(Score& score, Seconds predicted, Seconds measured, double weight) {
  score.add(predicted / kMicrosecond, measured / kMicrosecond, weight);
}

Seconds time_of(const GemmRow& row, const Chip& chip, const Gpu& gpu) {
  const GemmLabel& label = *find_label(row.dtype);
  return gemm_time(row.shape, label.dtype, chip,
                   {.epilogue = epilogue_of(row),
                    .scaling = label.scaling,
                    .clock = clock_of_row(row, gpu.peak.of(label.dtype))});
}

Score gemm_score(const std::vector<GemmRow>& rows, const Gpu& gpu, const KernelCurves& curves) {
  const Chip chip = make_chip(gpu, curves);
  Score score;
  for (const GemmRow& row : rows)
    add(score, time_of(row, chip, gpu), row.time, gemm_weight(row.shape));
  return score;
}

/// What prices a format today: its own curve, or the one that make_chip lets stand in.
const GemmCurve& present(const GemmCurves& curves, const GemmFormat& format) {
  const GemmCurve& own = curves.*format.curve;
  if (own.efficiency > 0.0) return own;
  const bool block = format.curve == &GemmCurves::fp8_block;
  return block && curves.fp8.efficiency > 0.0 ? curves.fp8 : curves.bf16;
}

/// Rows of experts' GEMMs in one launch; their m counts the rows of all experts.
Score grouped_score(const std::vector<GemmRow>& rows, const Gpu& gpu, const KernelCurves& curves) {
  const Chip chip = make_chip(gpu, curves);
  Score score;
  for (const GemmRow& row : rows) {
    const double experts = experts_of(row);
    const GemmShape one{std::max(1.0, row.shape.m / experts), row.shape.n, row.shape.k, experts};
    add(score, grouped_gemm_time(one, Dtype::kBf16, chip, {.clock = Clock::kBurst}), row.time,
        gemm_weight(one));
  }
  return score;
}

void refine_gemms(const ChipRows& rows, const Gpu& gpu, double widen, KernelCurves& curves,
                  std::vector<RefinedSection>& out) {
  KernelCurves trial = curves;
  for (std::size_t i = 0; i < kGemmFormats.size(); ++i) {
    const GemmFormat& format = kGemmFormats[i];
    if (rows.gemm[i].empty()) continue;
    const bool own = (curves.gemm.*format.curve).efficiency > 0.0;
    GemmCurve curve = present(curves.gemm, format);
    out.push_back(refine_section("GEMM " + std::string(format.key), curve, kGemmKnobs,
                                 own ? widen : kBorrowed, [&](const GemmCurve& to) {
                                   trial.gemm.*format.curve = to;
                                   return gemm_score(rows.gemm[i], gpu, trial);
                                 }));
    curves.gemm.*format.curve = trial.gemm.*format.curve = curve;
  }
  if (!rows.lasting_gemm.empty())
    out.push_back(refine_section(
        "GEMM sustained", curves, kSustainedKnobs, widen,
        [&](const KernelCurves& to) { return gemm_score(rows.lasting_gemm, gpu, to); }));
  if (!rows.grouped.empty())
    out.push_back(refine_section(
        "GEMM grouped", curves, kGroupedKnobs, widen,
        [&](const KernelCurves& to) { return grouped_score(rows.grouped, gpu, to); }));
}

struct Head {
  double AttentionPass::*efficiency;
  bool (*has)(const AttentionShape& shape);
};
/// By which of them models/cost/kernels/attention.cpp prices a shape.
constexpr std::array<Head, 4> kHeads{{
    {&AttentionPass::efficiency_64,
     [](const AttentionShape& s) { return s.head_dim == s.value_dim && s.head_dim < 128.0; }},
    {&AttentionPass::efficiency_128,
     [](const AttentionShape& s) {
       return s.head_dim == s.value_dim && s.head_dim > 64.0 && s.head_dim < 256.0;
     }},
    {&AttentionPass::efficiency_256,
     [](const AttentionShape& s) { return s.head_dim == s.value_dim && s.head_dim > 128.0; }},
    {&AttentionPass::efficiency_mla,
     [](const AttentionShape& s) { return s.head_dim > s.value_dim; }},
}};

bool has_head(const std::vector<AttentionRow>& rows, const Head& head) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const AttentionRow& row) { return head.has(row.shape); });
}

std::vector<Knob<AttentionPass>> pass_knobs(const std::vector<AttentionRow>& rows) {
  using P = AttentionPass;
  std::vector<Knob<P>> knobs{{&P::launch, {6.0, 0.0, 100.0, 0.5}, kMicro},
                             {&P::overhead_keys, {150.0, 0.0, 3000.0, 0.4}},
                             {&P::tail, {0.5, 0.0, 1.0, 0.4}},
                             {&P::memory_efficiency, {0.8, 0.02, 3.0, 0.1}},
                             {&P::sharpness, {4.0, 1.0, 50.0, 0.3}},
                             {&P::power_derate, {0.04, 0.0, 0.5, 0.4}}};
  for (const Head& head : kHeads)
    if (has_head(rows, head)) knobs.push_back({head.efficiency, {0.6, 0.02, 1.5, 0.1}});
  return knobs;
}

void carry_heads(const std::vector<AttentionRow>& rows, const AttentionPass& before,
                 AttentionPass& pass) {
  double sum = 0.0;
  int count = 0;
  for (const Head& head : kHeads)
    if (has_head(rows, head))
      sum += std::log(pass.*head.efficiency / before.*head.efficiency), ++count;
  if (count == 0) return;
  for (const Head& head : kHeads)
    if (!has_head(rows, head))
      pass.*head.efficiency = std::min(1.5, before.*head.efficiency * std::exp(sum / count));
}

Score attention_score(const std::vector<AttentionRow>& rows, AttentionKernel kernel, Clock clock,
                      const Gpu& gpu, const AttentionCurves& curves) {
  KernelCurves all;
  all.attention = curves;
  Chip chip = make_chip(gpu, all);
  Score score;
  for (const AttentionRow& row : rows) {
    chip.attention_peak = attention_peak(row.dtype, gpu);
    Seconds time{};
    if (row.direction != "bwd")
      time += attention_time(row.shape, Pass::kForward, kernel, chip, clock);
    if (row.direction != "fwd")
      time += attention_time(row.shape, Pass::kBackward, kernel, chip, clock);
    add(score, time, row.time, attention_weight(row.shape));
  }
  return score;
}

bool same(const AttentionPass& a, const AttentionPass& b) {
  bool equal = true;
  fields::for_each<AttentionPass>(
      [&](const auto& field) { equal = equal && a.*field.member == b.*field.member; });
  return equal;
}

void refine_attention(const ChipRows& rows, const Gpu& gpu, double widen, AttentionCurves& curves,
                      std::vector<RefinedSection>& out) {
  const AttentionCurves before = curves;
  for (std::size_t i = 0; i < kAttentionParts.size(); ++i) {
    const AttentionPart& part = kAttentionParts[i];
    if (rows.attention[i].empty()) continue;
    AttentionCurves trial = curves;
    AttentionPass pass = curves.*part.curve.*part.pass;
    out.push_back(refine_pass(
        "attention " + std::string(part.key), rows.attention[i], widen,
        [&](const AttentionPass& to) {
          trial.*part.curve.*part.pass = to;
          return attention_score(rows.attention[i], part.kernel, Clock::kBurst, gpu, trial);
        },
        pass));
    curves.*part.curve.*part.pass = pass;
  }
  // A chip whose best is FlashAttention-2 has that curve in both places.
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const auto pass = kAttentionParts[i].pass;
    if (rows.attention[i + 2].empty() && same(before.flash2.*pass, before.flash3.*pass))
      curves.flash3.*pass = curves.flash2.*pass;
  }
}

void refine_attention_clock(const ChipRows& rows, const Gpu& gpu, double widen,
                            AttentionCurves& curves, std::vector<RefinedSection>& out) {
  const auto has_rows = [](const std::vector<AttentionRow>& part) { return !part.empty(); };
  if (std::none_of(rows.lasting_attention.begin(), rows.lasting_attention.end(), has_rows)) return;
  out.push_back(refine_section("attention sustained", curves, kAttentionSustainedKnobs, widen,
                               [&](const AttentionCurves& to) {
                                 Score all;
                                 for (std::size_t i = 0; i < kAttentionParts.size(); ++i)
                                   all.add(attention_score(rows.lasting_attention[i],
                                                           kAttentionParts[i].kernel,
                                                           Clock::kSustained, gpu, to));
                                 return all;
                               }));
}

void refine_memory(const ChipRows& rows, const Gpu& gpu, double widen, MemoryCurves& curves,
                   std::vector<RefinedSection>& out) {
  for (std::size_t i = 0; i < kMemoryParts.size(); ++i) {
    if (rows.memory[i].empty()) continue;
    MemoryCurve& curve = curves.*kMemoryParts[i].curve;
    out.push_back(refine_section("memory-bound " + std::string(kMemoryParts[i].key), curve,
                                 kMemoryKnobs, widen, [&](const MemoryCurve& to) {
                                   Score score;
                                   for (const MemoryRow& row : rows.memory[i]) {
                                     const Seconds at_peak = row.bytes / gpu.hbm_bandwidth;
                                     add(score, to.launch + at_peak * (1.0 / to.efficiency),
                                         row.time, memory_weight(at_peak));
                                   }
                                   return score;
                                 }));
  }
}

}  // namespace

RefinedSection refine_pass(std::string name, const std::vector<AttentionRow>& rows, double widen,
                           const std::function<Score(const AttentionPass&)>& score_of,
                           AttentionPass& pass) {
  const AttentionPass before = pass;
  RefinedSection section = refine_section(std::move(name), pass, pass_knobs(rows), widen, score_of);
  carry_heads(rows, before, pass);
  return section;
}

std::vector<RefinedSection> refine_chip(const ChipRows& rows, const Gpu& gpu, double widen,
                                        KernelCurves& curves) {
  std::vector<RefinedSection> out;
  refine_gemms(rows, gpu, widen, curves, out);
  refine_attention(rows, gpu, widen, curves.attention, out);
  refine_attention_clock(rows, gpu, widen, curves.attention, out);
  refine_memory(rows, gpu, widen, curves.memory, out);
  return out;
}

}  // namespace fleetcast::fit
