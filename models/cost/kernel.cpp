#include "models/cost/kernel.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace fleetcast {
namespace {

constexpr double kOutputBytes = 2.0;  // C and attention outputs are bf16

// Edges of output tiles that GEMM libraries choose from, and the choices, as indices of edges.
constexpr std::array<double, 4> kEdges{32.0, 64.0, 128.0, 256.0};
struct Tile {
  int rows, columns;
};
constexpr std::array<Tile, 10> kTiles{
    {{0, 2}, {2, 0}, {1, 1}, {1, 2}, {2, 1}, {1, 3}, {3, 1}, {2, 2}, {2, 3}, {3, 2}}};
constexpr double kLargestSplit = 8.0;
constexpr double kShortestSplit = 128.0;  // of k; below it a split only adds fill and drain

// Fused accumulation into fp32 is read and written at the end of each tile. Share of its traffic
// that a compute-bound GEMM does not hide: 0.55-0.6 in SimuMax's A100 pairs of the same GEMM with
// and without it (gemm_a100.csv).
constexpr double kEpilogueExposed = 0.6;

// A casting std::ceil: without SSE4.1 the library's is a call, and this runs 50 times a GEMM.
double ceil_of(double x) {
  const double whole = static_cast<double>(static_cast<long long>(x));
  return whole < x ? whole + 1.0 : whole;
}

/// (a^p + b^p)^(1/p): the maximum when one dominates, up to 2^(1/p) times it when they are equal.
Seconds joined(Seconds a, Seconds b, double p) {
  const Seconds high = std::max(a, b);
  const double ratio = std::min(a, b) / high;
  if (!(ratio > 0.01)) return high;
  return high * std::pow(1.0 + std::pow(ratio, p), 1.0 / p);
}

const ChipGemm& format_of(Dtype in, const Chip& chip, Scaling scaling) {
  if (in == Dtype::kFp8 && scaling == Scaling::kBlock) return chip.gemm_fp8_block;
  return chip.gemm[static_cast<unsigned char>(in)];
}

/// Training holds the power limit whatever the length of a kernel; a burst meets it after about 1
/// ms.
double rate_of(Clock clock, const Chip& chip) {
  return clock == Clock::kSustained ? chip.sustained : 1.0;
}

double efficiency_of(Flops work, const ChipGemm& format, const Chip& chip, Clock clock) {
  if (clock == Clock::kSustained) return format.curve.efficiency;
  const Seconds at_peak = work / (format.sm_peak * chip.sm_count);
  const double decades = std::log10(at_peak / Seconds{1e-3});
  return format.curve.efficiency - format.curve.power_derate * std::clamp(decades, 0.0, 1.5);
}

/// The fastest of all tiles and splits of k, for `groups` GEMMs whose tiles share the waves.
Seconds fastest_tiling(const GemmShape& one, double groups, const ChipGemm& format,
                       double efficiency, double sm_count) {
  std::array<double, kEdges.size()> rows, columns;
  for (std::size_t i = 0; i < kEdges.size(); ++i) {
    rows[i] = groups * ceil_of(one.m / kEdges[i]);
    columns[i] = ceil_of(one.n / kEdges[i]);
  }
  const Seconds math = Flops{2.0} / (format.sm_peak * efficiency) * one.k;  // per element of C
  const Seconds feed = format.element / format.curve.operands * one.k;      // per edge of a tile
  const double splits = std::min(kLargestSplit, one.k / kShortestSplit);
  const double per_sm = 1.0 / sm_count;
  Seconds best{INFINITY};
  for (const Tile tile : kTiles) {
    const double high = kEdges[tile.rows], wide = kEdges[tile.columns];
    const double waves = rows[tile.rows] * columns[tile.columns] * per_sm;
    const Seconds whole = std::max(math * (high * wide), feed * (high + wide));
    best = std::min(best, (whole + format.curve.tile) * ceil_of(waves));
    for (double split = 2.0; split <= splits && waves * split < 2.0; split *= 2.0) {
      const Seconds part = whole * (1.0 / split) + format.curve.tile;
      best = std::min(best, part * ceil_of(waves * split) + format.curve.split);
    }
  }
  return best;
}

Seconds launch_gemms(const GemmShape& one, double groups, const ChipGemm& format, const Chip& chip,
                     double rate, const GemmOptions& options) {
  const Flops work{2.0 * one.m * one.n * one.k * groups};
  const double efficiency = efficiency_of(work, format, chip, options.clock);
  const Seconds compute = fastest_tiling(one, groups, format, efficiency, chip.sm_count) /
                          (rate * rate_of(options.clock, chip));
  const Bytes traffic = groups * (format.element * (one.m * one.k + one.k * one.n) +
                                  Bytes{kOutputBytes * one.m * one.n});
  const double p = format.curve.sharpness;
  const Seconds move = traffic / format.memory, finish = options.epilogue / format.memory;
  const Seconds busy = joined(compute, move, p);
  if (finish == Seconds{}) return format.curve.launch + busy;
  return format.curve.launch +
         std::max(joined(compute, move + finish, p), busy + kEpilogueExposed * finish);
}

/// Between the measured head sizes, straight in the logarithm.
double head_efficiency(const AttentionPass& pass, const AttentionShape& shape) {
  if (shape.head_dim > shape.value_dim) return pass.efficiency_mla;
  const double octaves = std::log2(shape.head_dim / 128.0);
  const double other = octaves < 0.0 ? pass.efficiency_64 : pass.efficiency_256;
  const double share = std::min(std::abs(octaves), 1.0);
  return pass.efficiency_128 + share * (other - pass.efficiency_128);
}

/// Each element of Q, K, V, O read or written once; backward also reads O and dO, and adds up dQ in
/// fp32 besides writing the gradients.
Bytes flash_traffic(const AttentionShape& s, Pass pass) {
  const double widths = s.head_dim + s.value_dim;
  const double forward =
      kOutputBytes * s.batch * widths * (s.heads * s.queries + s.kv_heads * s.keys);
  if (pass == Pass::kForward) return Bytes{forward};
  return Bytes{2.0 * forward + 8.0 * s.batch * s.heads * s.queries * s.head_dim};
}

/// FlashAttention, arXiv 2205.14135 and 2307.08691: blocks of 128 queries walk over the keys.
Seconds flash_time(const AttentionShape& s, Pass pass, const AttentionCurve& curve,
                   const Chip& chip, double rate) {
  const AttentionPass& kernel = pass == Pass::kForward ? curve.forward : curve.backward;
  const Seconds move = flash_traffic(s, pass) / (chip.hbm * kernel.memory_efficiency);
  const double shared = s.heads / s.kv_heads;  // decode: heads that share keys fill one block
  if (s.queries * shared <= 128.0 && s.keys > 2.0 * s.queries) return kernel.launch + move;
  const double mean_keys = s.causal ? 0.5 * s.keys : s.keys;
  const double padding = 1.0 + kernel.overhead_keys / mean_keys;
  const double waves = s.batch * s.heads * ceil_of(s.queries / 128.0) / chip.sm_count;
  const double idle = std::max(1.0, 1.0 / waves);
  const double passes = pass == Pass::kForward ? 1.0 : 2.5;
  const FlopsPerSecond reached = chip.attention_peak * (head_efficiency(kernel, s) * rate);
  return kernel.launch + std::max(s.work() * (passes * padding * idle) / reached, move);
}

/// Scores go through memory: batched GEMMs over the full square, and a softmax and a dropout kernel
/// (Korthikanti et al., arXiv 2205.05198, section 4.1: bytes of each).
Seconds unfused_time(const AttentionShape& s, Pass pass, const Chip& chip, Clock clock) {
  const double g = s.batch * s.heads, q = s.queries, t = s.keys;
  const GemmOptions options{.clock = clock};
  const Dtype wide = chip.runs(Dtype::kBf16) ? Dtype::kBf16 : Dtype::kFp16;
  const auto gemm = [&](double m, double n, double k) {
    return grouped_gemm_time({m, n, k, g}, wide, chip, options);
  };
  const double scores = g * q * t;
  if (pass == Pass::kForward) {
    return gemm(q, t, s.head_dim) + gemm(q, s.value_dim, t) +
           memory_time({MemoryKind::kSoftmax, Bytes{9.0 * scores}, 2.0}, chip);
  }
  return gemm(q, t, s.value_dim) + gemm(t, s.value_dim, q) + gemm(q, s.head_dim, t) +
         gemm(t, s.head_dim, q) +
         memory_time({MemoryKind::kSoftmax, Bytes{11.0 * scores}, 2.0}, chip);
}

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

Seconds gemm_time(const GemmShape& shape, Dtype in, const Chip& chip, const GemmOptions& options) {
  assert(chip.runs(in));
  return launch_gemms(shape, 1.0, format_of(in, chip, options.scaling), chip, 1.0, options);
}

Seconds grouped_gemm_time(const GemmShape& per_expert, Dtype in, const Chip& chip,
                          const GemmOptions& options) {
  assert(chip.runs(in));
  return launch_gemms(per_expert, per_expert.groups, format_of(in, chip, options.scaling), chip,
                      chip.grouped, options);
}

Seconds attention_time(const AttentionShape& shape, Pass pass, AttentionKernel kind,
                       const Chip& chip, Clock clock) {
  if (kind == AttentionKernel::kUnfused) return unfused_time(shape, pass, chip, clock);
  const AttentionCurve& curve = chip.attention[static_cast<unsigned char>(kind)];
  const double rate = clock == Clock::kSustained ? chip.attention_sustained : 1.0;
  return flash_time(shape, pass, curve, chip, rate);
}

Seconds memory_time(const Traffic& traffic, const Chip& chip) {
  const MemoryCurve& curve = chip.memory[static_cast<unsigned char>(traffic.kind)];
  return curve.launch * traffic.kernels + traffic.bytes / (chip.hbm * curve.efficiency);
}

}  // namespace fleetcast
