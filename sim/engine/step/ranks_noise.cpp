// Ranks that are not alike: how far each lags behind its block, and where they meet again.

#include <algorithm>

#include "sim/engine/step/ranks.hpp"

namespace fleetcast::step {

std::vector<std::uint64_t> drawn_nodes(std::uint64_t seed, int count, std::uint64_t nodes) {
  std::vector<std::uint64_t> out;
  RandomStream draws(RandomStream::key_of(seed, ~std::uint64_t{0}));  // ranks have those from 0
  while (out.size() < std::min(static_cast<std::uint64_t>(count), nodes)) {
    const std::uint64_t node = draws.bits() % nodes;
    const auto at = std::lower_bound(out.begin(), out.end(), node);
    if (at == out.end() || *at != node) out.insert(at, node);
  }
  return out;
}

void Ranks::draw_ranks(int block, Block& b) {
  const Noise& noise = play_.noise;
  const auto ranks = static_cast<std::size_t>(play_.grid.block_ranks);
  b.lag.assign(ranks, 0.0);
  b.slowness.assign(ranks, 1.0);
  for (std::size_t r = 0; r < ranks; ++r) {
    const std::uint64_t rank = static_cast<std::uint64_t>(block) * ranks + r;
    b.draws.emplace_back(RandomStream::key_of(noise.seed, rank));
    b.slowness[r] += noise.speed_spread * b.draws[r].nearly_normal();
    if (is_slow(rank)) b.slowness[r] *= noise.slow_by;
  }
}

void Ranks::draw_slow_nodes() {
  const Grid& grid = play_.grid;
  const auto nodes = static_cast<std::uint64_t>(
      (grid.blocks() * grid.block_ranks + play_.noise.node_gpus - 1) / play_.noise.node_gpus);
  slow_nodes_ = drawn_nodes(play_.noise.seed, play_.noise.slow_nodes, nodes);
}

bool Ranks::is_slow(std::uint64_t rank) const {
  return std::binary_search(slow_nodes_.begin(), slow_nodes_.end(),
                            rank / static_cast<std::uint64_t>(play_.noise.node_gpus));
}

/// Tokens of the busiest rank of the block in this layer, over their mean.
void Ranks::draw_experts(Block& b) {
  b.skew = 1.0;
  if (play_.noise.expert_skew <= 0) return;
  double most = -1.0;
  for (RandomStream& draws : b.draws)
    most = std::max(most, play_.noise.expert_skew * draws.nearly_normal());
  b.skew += std::max(most, 0.0);
}

/// The block goes on at its nominal pace; each rank remembers how far it is behind.
void Ranks::slow_down(Block& b, const ScriptTask& task) {
  const double jitter = play_.noise.kernel_jitter;
  const double seconds = task.duration.base();
  const double work = b.skew_of(task);
  for (std::size_t r = 0; r < b.lag.size(); ++r) {
    const double noise = jitter > 0 ? 1.0 + jitter * b.draws[r].nearly_normal() : 1.0;
    b.lag[r] += seconds * (b.slowness[r] * noise * work - 1.0);
  }
}

/// Ranks of an exchange wait for the last of them: those of a tensor-parallel group for each other,
/// else the whole block, whose clock then moves. Returns by how much.
Seconds Ranks::meet(Block& b, bool tensor_only) {
  const auto group =
      static_cast<std::size_t>(tensor_only ? play_.step->plan.tp : static_cast<int>(b.lag.size()));
  for (std::size_t first = 0; first < b.lag.size(); first += group) {
    const auto begin = b.lag.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(group);
    std::fill(begin, end, *std::max_element(begin, end));
  }
  if (tensor_only && group < b.lag.size()) return {};
  const Seconds later{b.lag.front()};
  std::fill(b.lag.begin(), b.lag.end(), 0.0);
  b.parts[Cost::kStraggler] += later;
  return later;
}

}  // namespace fleetcast::step
