#include "sim/engine/chip/library.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/engine/chip/stream_grid.hpp"

namespace fleetcast::chip {
namespace {

// Edges of the tiles that CUTLASS, cuBLAS and cuBLASLt are built with.
constexpr std::array<GemmTile, 7> kTiles{{{.rows = 64, .columns = 64},
                                          {.rows = 64, .columns = 128},
                                          {.rows = 128, .columns = 64},
                                          {.rows = 128, .columns = 128},
                                          {.rows = 64, .columns = 256},
                                          {.rows = 128, .columns = 256},
                                          {.rows = 256, .columns = 128}}};
constexpr int kMostSplits = 16;
constexpr double kFewestSteps = 4.0;  // of one share of k
constexpr std::size_t kSimulated = 3;

/// The run that is reported, once the clock has followed the power of those before it.
Outcome run_again(const ChipSpec& spec, Grid& grid, Conditions conditions, Repeats repeats,
                  const Outcome& first) {
  const bool slows = repeats.before > 0.0 && first.sustained < 1.0;
  if (!slows && !conditions.systemc) return first;
  if (slows) conditions.clock = clock_after(spec, first, repeats);
  grid.rewind();
  return run(spec, grid, conditions);
}

/// To compare tiles, and to see what power they would take.
Conditions first_of(Conditions conditions) {
  conditions.systemc = false;
  return conditions;
}

}  // namespace

std::vector<GemmTile> gemm_tiles(const GemmProblem& problem, const ChipSpec& spec, int sms,
                                 std::size_t most) {
  std::vector<std::pair<Seconds, GemmTile>> found;
  const auto consider = [&](const GemmTile& tile) {
    found.emplace_back(GemmGrid(problem, tile, spec, sms).estimate(), tile);
  };
  const double steps = problem.shape.k * bytes_of(problem.in).base() / 128.0;
  for (GemmTile tile : kTiles) {
    consider(tile);
    const double tiles = GemmGrid(problem, tile, spec, sms).tiles();
    for (tile.split = 2; tile.split <= kMostSplits; tile.split *= 2)
      if (tiles * tile.split < 2.0 * sms && steps / tile.split >= kFewestSteps) consider(tile);
    tile.split = 1;
    tile.stream_k = true;
    const double part = tiles / sms - std::floor(tiles / sms);
    if (part > 0.0 && tiles * steps / sms >= kFewestSteps) consider(tile);
  }
  const auto faster = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(found.begin(), found.end(), faster);
  std::vector<GemmTile> out;
  for (const auto& [time, tile] : found)
    if (out.size() < most) out.push_back(tile);
  return out;
}

std::string tile_text(const GemmTile& tile) {
  if (tile.rows == 0) return {};
  std::string text = std::to_string(tile.rows) + "x" + std::to_string(tile.columns);
  if (tile.split > 1) text += " split " + std::to_string(tile.split);
  if (tile.stream_k) text += " stream-k";
  return text;
}

KernelRun run_gemm(const GemmProblem& problem, const ChipSpec& spec, const Conditions& conditions,
                   Repeats repeats) {
  const int sms = sms_of(spec, conditions);
  KernelRun best;
  for (const GemmTile& tile : gemm_tiles(problem, spec, sms, kSimulated)) {
    GemmGrid grid(problem, tile, spec, sms);
    const Outcome outcome = run(spec, grid, first_of(conditions));
    if (best.outcome.time > Seconds{} && outcome.time >= best.outcome.time) continue;
    best = {tile, grid.tiles() * tile.split / sms, outcome};
  }
  GemmGrid grid(problem, best.tile, spec, sms);
  best.outcome = run_again(spec, grid, conditions, repeats, best.outcome);
  return best;
}

KernelRun run_attention(const AttentionProblem& problem, const ChipSpec& spec,
                        const Conditions& conditions, Repeats repeats) {
  const AttentionShape& s = problem.shape;
  AttentionGrid grid(problem, spec);
  const bool forward = problem.pass == Pass::kForward;
  const AttentionTiling& tiling =
      forward ? spec.made.attention_forward : spec.made.attention_backward;
  KernelRun out{{.rows = static_cast<int>(tiling.rows), .columns = static_cast<int>(tiling.keys)},
                grid.tiles() / sms_of(spec, conditions),
                run(spec, grid, first_of(conditions))};
  out.outcome = run_again(spec, grid, conditions, repeats, out.outcome);
  if (forward) return out;
  const double rows = s.batch * s.heads * s.queries;
  const Bytes sums = bytes_of(problem.in) * (2.0 * rows * s.value_dim);
  const Bytes casts = (bytes_of(Dtype::kFp32) + bytes_of(problem.in)) * (rows * s.head_dim);
  out.outcome += run_memory(sums, spec, conditions, {}).outcome;
  out.outcome += run_memory(casts, spec, conditions, {}).outcome;
  return out;
}

KernelRun run_memory(Bytes bytes, const ChipSpec& spec, const Conditions& conditions,
                     Repeats repeats) {
  StreamGrid grid(bytes, sms_of(spec, conditions));
  const Outcome first = run(spec, grid, first_of(conditions));
  return {{.rows = 0, .columns = 0}, 1.0, run_again(spec, grid, conditions, repeats, first)};
}

KernelRun run_kernel(const Problem& problem, const ChipSpec& spec, const Conditions& conditions,
                     Repeats repeats) {
  if (const auto* gemm = std::get_if<GemmProblem>(&problem))
    return run_gemm(*gemm, spec, conditions, repeats);
  if (const auto* attention = std::get_if<AttentionProblem>(&problem))
    return run_attention(*attention, spec, conditions, repeats);
  return run_memory(std::get<Bytes>(problem), spec, conditions, repeats);
}

}  // namespace fleetcast::chip
