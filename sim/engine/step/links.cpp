#include "sim/engine/step/links.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::step {

Links::Links(const Grid& grid, const Network& network, std::span<const double> oversubscription,
             std::span<const double> tenants)
    : grid_(grid), tiers_(network.tiers) {
  capacity_.resize(static_cast<std::size_t>(grid.blocks()) * tiers_ * 2);
  tenant_.resize(capacity_.size());
  std::copy_n(oversubscription.begin(), kMaxTiers, line_rate_.begin());
  for (int b = 0; b < grid.blocks(); ++b)
    for (int t = 0; t < tiers_; ++t)
      for (const Direction way : {kOut, kIn}) {
        const double line_rate = oversubscription[static_cast<std::size_t>(t)];
        set_capacity(link(b, t, way), line_rate);
        tenant_[static_cast<std::size_t>(link(b, t, way))] =
            line_rate * tenants[static_cast<std::size_t>(t)];
      }
  const double ranks = 1.0 * grid.blocks() * grid.block_ranks;
  for (int t = 1; t < tiers_; ++t) {
    const double domain = network.link[t - 1].gpus;
    if (oversubscription[static_cast<std::size_t>(t)] <= 1.0 || domain == 0.0) continue;
    // Folded, every rank has its share of the uplinks: its neighbours do as it does.
    const double in_one = grid.folded_columns > 1 ? 1.0 * grid.block_ranks : domain;
    pools_[static_cast<std::size_t>(t)] = {static_cast<std::int32_t>(capacity_.size()), in_one};
    const auto pools = static_cast<std::size_t>(std::ceil(ranks / in_one));
    capacity_.resize(capacity_.size() + pools, in_one);
    tenant_.resize(capacity_.size(), in_one * tenants[static_cast<std::size_t>(t)]);
  }
}

void Links::add_uplinks(const Stretch& stretch, int block, std::vector<Use>& out) const {
  const double begin = 1.0 * block * grid_.block_ranks, end = begin + grid_.block_ranks;
  for (std::size_t t = 1; t < static_cast<std::size_t>(tiers_); ++t) {
    const Pools& pools = pools_[t];
    const double share = stretch.busy[t] / stretch.transfer;
    if (pools.first < 0 || share <= 0) continue;
    for (double d = std::floor(begin / pools.ranks); d * pools.ranks < end; ++d) {
      const double ranks = std::min(end, (d + 1) * pools.ranks) - std::max(begin, d * pools.ranks);
      if (ranks > 0) out.push_back({pools.first + static_cast<std::int32_t>(d), share * ranks});
    }
  }
}

void Links::add_way(const Stretch& stretch, int block, Direction way, std::vector<Use>& out) const {
  for (int t = 0; t < tiers_; ++t) {
    const double share = stretch.busy[static_cast<std::size_t>(t)] / stretch.transfer;
    if (share > 0) out.push_back({link(block, t, way), share});
  }
}

void Links::add_exchange(const Stretch& stretch, int block, std::vector<Use>& out) const {
  add_way(stretch, block, kOut, out);
  add_way(stretch, block, kIn, out);
  add_uplinks(stretch, block, out);
}

void Links::add_transfer(const Stretch& stretch, int from, int to, std::vector<Use>& out) const {
  add_way(stretch, from, kOut, out);
  add_way(stretch, to, kIn, out);
  add_uplinks(stretch, from, out);
}

}  // namespace fleetcast::step
