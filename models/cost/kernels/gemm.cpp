#include <algorithm>
#include <cassert>
#include <cmath>

#include "models/cost/kernel.hpp"

namespace fleetcast {
namespace {

constexpr double kOutputBytes = 2.0;  // C is bf16

// Edges of output tiles that GEMM libraries choose from, and the choices, as indices of edges.
// More choices (edges of 32 and 192, 256 x 256) do not bring predictions nearer to the tables.
constexpr std::array<double, 3> kEdges{64.0, 128.0, 256.0};
struct Tile {
  int rows, columns;
};
constexpr std::array<Tile, 6> kTiles{{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {1, 2}, {2, 1}}};
constexpr double kLargestSplit = 16.0;
constexpr double kShortestSplit = 128.0;  // of k; below it a split only adds fill and drain

// Fused accumulation into fp32 is read and written at the end of each tile. Share of its traffic
// that a compute-bound GEMM does not hide: 0.55-0.6 in SimuMax's A100 pairs of the same GEMM with
// and without it (gemm_a100.csv).
constexpr double kEpilogueExposed = 0.6;

// Casting: without SSE4.1 the library's std::floor is a call, and this runs 20 times a GEMM.
double floor_of(double x) { return static_cast<double>(static_cast<long long>(x)); }
double ceil_of(double x) {
  const double whole = floor_of(x);
  return whole < x ? whole + 1.0 : whole;
}

/// Time of `waves` waves over that of a full one. The first is never cheaper than whole; the last
/// costs `last_wave` of a whole one when a single tile is in it, and the rest by its share: fewer
/// tiles meet less contention for L2 and power, and persistent kernels start them early.
double wave_time(double waves, double last_wave) {
  if (waves <= 1.0) return 1.0;
  const double whole = floor_of(waves), part = waves - whole;
  return part > 0.0 ? whole + last_wave + (1.0 - last_wave) * part : whole;
}

constexpr double kNegligible = 0.01;  // of the longer one

/// (a^p + b^p)^(1/p): the maximum when one dominates, up to 2^(1/p) times it when they are equal.
Seconds joined(Seconds a, Seconds b, double p) {
  const Seconds high = std::max(a, b);
  const double ratio = std::min(a, b) / high;
  if (!(ratio > kNegligible)) return high;
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
    best = std::min(best, (whole + format.curve.tile) * wave_time(waves, format.curve.last_wave));
    for (double split = 2.0; split <= splits && waves * split < 2.0; split *= 2.0) {
      const Seconds part = whole * (1.0 / split) + format.curve.tile;
      best = std::min(best,
                      part * wave_time(waves * split, format.curve.last_wave) + format.curve.split);
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
  const Seconds exposed = joined(compute, move, p) + kEpilogueExposed * finish;
  // joined(a, b) grows by (b / (a^p + b^p)^(1/p))^(p - 1) with b, from p = 2 on by less than b / a.
  // While that is less than the exposed share, half of the powers need not be taken.
  const bool hidden = p >= 2.0 && move + finish <= kEpilogueExposed * compute;
  if (finish == Seconds{} || (hidden && move > kNegligible * compute))
    return format.curve.launch + exposed;
  return format.curve.launch + std::max(joined(compute, move + finish, p), exposed);
}

}  // namespace

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

}  // namespace fleetcast
