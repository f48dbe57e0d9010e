#pragma once

// What a GPU library does with a problem: it takes the tile that its heuristic finds fastest.

#include <vector>

#include "sim/engine/chip/attention_grid.hpp"
#include "sim/engine/chip/gemm_grid.hpp"
#include "sim/engine/chip/run.hpp"

namespace fleetcast::chip {

struct GemmRun {
  GemmTile tile;
  double waves = 0.0;
  Outcome outcome;
};

struct AttentionRun {
  AttentionTiling tiling;
  double waves = 0.0;
  Outcome outcome;
};

/// Tiles that suit a problem, by their estimate, the fastest first; at most `most`.
std::vector<GemmTile> gemm_tiles(const GemmProblem& problem, const ChipSpec& spec, int sms,
                                 std::size_t most);

/// The fastest of the library's tiles, simulated under these conditions, after `repeats` runs of
/// its own. Requires: spec.runs(problem.in).
GemmRun run_gemm(const GemmProblem& problem, const ChipSpec& spec, const Conditions& conditions,
                 Repeats repeats);

/// Backward with the two kernels around it: row sums of dO * O before, dQ from fp32 behind.
AttentionRun run_attention(const AttentionProblem& problem, const ChipSpec& spec,
                           const Conditions& conditions, Repeats repeats);

/// One kernel that moves so many bytes, read and written.
Outcome run_memory(Bytes bytes, const ChipSpec& spec, const Conditions& conditions,
                   Repeats repeats);

}  // namespace fleetcast::chip
