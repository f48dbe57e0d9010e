#pragma once

// What a GPU library does with a problem: it takes the tile that its heuristic finds fastest.

#include <string>
#include <variant>
#include <vector>

#include "sim/engine/chip/attention_grid.hpp"
#include "sim/engine/chip/gemm_grid.hpp"
#include "sim/engine/chip/run.hpp"

namespace fleetcast::chip {

struct KernelRun {
  GemmTile tile;  ///< attention: queries and keys of one step
  double waves = 0.0;
  Outcome outcome;
};

/// "128x256", "128x256 split 4", "128x128 stream-k"; empty of a kernel without tiles.
std::string tile_text(const GemmTile& tile);

/// Tiles that suit a problem, by their estimate, the fastest first; at most `most`.
std::vector<GemmTile> gemm_tiles(const GemmProblem& problem, const ChipSpec& spec, int sms,
                                 std::size_t most);

/// The fastest of the library's tiles, simulated under these conditions, after `repeats` runs of
/// its own. Requires: spec.runs(problem.in).
KernelRun run_gemm(const GemmProblem& problem, const ChipSpec& spec, const Conditions& conditions,
                   Repeats repeats);

/// Backward with the two kernels around it: row sums of dO * O before, dQ from fp32 behind.
KernelRun run_attention(const AttentionProblem& problem, const ChipSpec& spec,
                        const Conditions& conditions, Repeats repeats);

/// One kernel that moves so many bytes, read and written.
KernelRun run_memory(Bytes bytes, const ChipSpec& spec, const Conditions& conditions,
                     Repeats repeats);

using Problem = std::variant<GemmProblem, AttentionProblem, Bytes>;
KernelRun run_kernel(const Problem& problem, const ChipSpec& spec, const Conditions& conditions,
                     Repeats repeats);

}  // namespace fleetcast::chip
