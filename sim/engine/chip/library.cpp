#include "sim/engine/chip/library.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

GemmRun run_gemm(const GemmProblem& problem, const ChipSpec& spec, const Conditions& conditions,
                 Repeats repeats) {
  GemmRun best;
  for (const GemmTile& tile : gemm_tiles(problem, spec, spec.sms, kSimulated)) {
    GemmGrid grid(problem, tile, spec, spec.sms);
    Outcome outcome = run(spec, grid, conditions);
    if (best.outcome.time > Seconds{} && outcome.time >= best.outcome.time) continue;
    best = {tile, grid.tiles() * tile.split / spec.sms, outcome};
  }
  if (repeats.before <= 0.0 || best.outcome.sustained >= 1.0) return best;
  GemmGrid grid(problem, best.tile, spec, spec.sms);
  Conditions later = conditions;
  later.clock = clock_after(spec, best.outcome, repeats);
  best.outcome = run(spec, grid, later);
  return best;
}

}  // namespace fleetcast::chip
