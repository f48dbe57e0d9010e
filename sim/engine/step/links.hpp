#pragma once

// The wires that flows share, and which of them an exchange takes: what one block of ranks owns of
// each tier, in both directions, and the uplinks that blocks below one switch share.

#include <span>
#include <vector>

#include "sim/engine/step/fair_share.hpp"
#include "sim/step/traffic.hpp"

namespace fleetcast::step {

/// Who stands where: `columns` blocks of ranks side by side make a stage, stages follow each other.
/// Folded: one block stands for all columns.
struct Grid {
  int stages = 1;
  int columns = 1;
  int block_ranks = 1;
  int folded_columns = 1;  ///< that each block stands for; 1: none is left out

  [[nodiscard]] int blocks() const { return stages * columns; }
  [[nodiscard]] int block(int stage, int column) const { return stage * columns + column; }
  [[nodiscard]] int stage_of(int block) const { return block / columns; }
};

/// Capacities are relative to the speed at which an exchange is priced: 1 is its bandwidth of
/// cluster files over oversubscription.
class Links {
 public:
  /// Oversubscribed tiers have a link of full line rate a rank, and uplinks that all ranks of a
  /// domain of the tier below share.
  /// `tenants`: share of each tier that others ask for.
  Links(const Grid& grid, const Network& network, std::span<const double> oversubscription,
        std::span<const double> tenants);

  [[nodiscard]] std::size_t count() const { return capacity_.size(); }
  [[nodiscard]] double capacity(std::int32_t link) const {
    return capacity_[static_cast<std::size_t>(link)];
  }
  /// Of one rank's own link of a tier.
  [[nodiscard]] double line_rate(std::size_t tier) const { return line_rate_[tier]; }
  /// What other tenants ask for of it.
  [[nodiscard]] double tenant(std::int32_t link) const {
    return tenant_[static_cast<std::size_t>(link)];
  }
  /// For outages; 0: nothing passes.
  void set_capacity(std::int32_t link, double capacity) {
    capacity_[static_cast<std::size_t>(link)] = capacity;
  }
  enum Direction : std::uint8_t { kOut = 0, kIn = 1 };
  [[nodiscard]] std::int32_t link(int block, int tier, Direction direction) const {
    return (block * tiers_ + tier) * 2 + direction;
  }

  /// Adds what an exchange among the ranks of a block takes.
  void add_exchange(const Stretch& stretch, int block, std::vector<Use>& out) const;
  /// What a transfer from block to block takes.
  void add_transfer(const Stretch& stretch, int from, int to, std::vector<Use>& out) const;

 private:
  struct Pools {
    std::int32_t first = -1;  ///< link of the first domain; -1: this tier is not oversubscribed
    double ranks = 0;         ///< of one domain
  };
  void add_uplinks(const Stretch& stretch, int block, std::vector<Use>& out) const;
  void add_way(const Stretch& stretch, int block, Direction way, std::vector<Use>& out) const;

  Grid grid_;
  int tiers_;
  std::vector<double> capacity_, tenant_;
  std::array<double, kMaxTiers> line_rate_{};
  std::array<Pools, kMaxTiers> pools_;
};

}  // namespace fleetcast::step
