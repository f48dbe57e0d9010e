#pragma once

// What a collective costs: each algorithm says in which rounds it moves which bytes over which
// tier; the price is the sum over rounds, and the event engine replays the same rounds on shared
// links.
//
// `payload` counts as the "size" column of nccl-tests does:
//   all-gather, reduce-scatter   the whole, gathered (or not yet scattered) buffer
//   all-reduce                   the buffer that every rank holds
//   all-to-all                   what one rank holds for all ranks, itself included
//   send/recv                    the message

#include <array>
#include <span>
#include <string_view>

#include "models/base/quantity.hpp"
#include "models/hardware/cluster.hpp"
#include "models/workload/op.hpp"

namespace fleetcast {

inline constexpr int kMaxTiers = 6;

/// One rank's share of a tier: the link out of its domain of the tier below.
struct Link {
  BytesPerSecond bandwidth{};  ///< per GPU and direction, oversubscription taken off
  double gpus = 0;             ///< GPUs that reach each other within the tier; 0 = no limit
  bool in_network = false;     ///< switches add up all-reduces
  double in_network_gain = 1.0;
  std::array<CollectiveCurve, kCollectiveOpCount> curve{};  ///< by CollectiveOp
};

/// A cluster's tiers, from the GPU outwards, ready for pricing.
struct Network {
  int tiers = 0;
  std::array<Link, kMaxTiers> link{};
};

/// Requires: one fabric a tier, in the order of the tiers; at most kMaxTiers of them.
Network make_network(const Cluster& cluster, std::span<const Fabric* const> fabric_of_tier);

/// How a communicator lies over the tiers: span[t] of its ranks share one domain of tier t.
/// Spans never shrink outwards and end at `ranks`: 64 ranks, 8 a node, are {8, 64}.
struct NetworkGroup {
  int ranks = 1;
  std::array<int, kMaxTiers> span{1, 1, 1, 1, 1, 1};
  friend bool operator==(const NetworkGroup&, const NetworkGroup&) = default;
};

/// `ranks` GPUs, every `stride`-th, in a network whose domains are filled in order.
NetworkGroup strided_group(int ranks, int stride, const Network& network);

/// `repeat` transfers of `bytes` over each rank's link of `tier`, one after the other.
struct Round {
  int repeat = 0;
  int hops = 0;   ///< in a row that one piece of data makes; each costs latency_per_hop
  Bytes bytes{};  ///< of one transfer
  int tier = 0;
  CollectiveOp op{};       ///< whose curve of the tier prices it
  int ranks = 0;           ///< of a domain that send to each other; 0 = as many as it takes
  bool alongside = false;  ///< runs at the same time as the round before it, as one pipeline
};

/// A small fixed list of rounds; a value.
struct Rounds {
  static constexpr int kCapacity = 2 * kMaxTiers;
  int count = 0;
  std::array<Round, kCapacity> round{};

  void add(const Round& next) { round[count++] = next; }
  [[nodiscard]] const Round* begin() const { return round.data(); }
  [[nodiscard]] const Round* end() const { return round.data() + count; }
};

/// Rounds that run alongside, as one pipeline: its calls and hops, then its bytes over the links,
/// paced by the slowest of them.
struct Stretch {
  Seconds call{};  ///< part of the latency: once, however many hops
  Seconds latency{};
  Seconds transfer{};
  /// Of the transfer: its bytes over one rank's link of each tier, at the link's own rate. Chunks,
  /// protocols and SMs make a transfer longer than its bytes keep the wire busy.
  std::array<Seconds, kMaxTiers> busy{};
};

/// A small fixed list, one after the other; a value.
struct Stretches {
  int count = 0;
  std::array<Stretch, Rounds::kCapacity> stretch{};

  [[nodiscard]] const Stretch* begin() const { return stretch.data(); }
  [[nodiscard]] const Stretch* end() const { return stretch.data() + count; }
};

/// An algorithm: a row of the table.
struct Collective {
  std::string_view key;
  bool (*admits)(CollectiveOp op, const NetworkGroup& group, const Network& network);
  /// Requires: admits(), and two ranks or more.
  Rounds (*rounds)(CollectiveOp op, Bytes payload, const NetworkGroup& group,
                   const Network& network);
};

extern const Collective kRing;
extern const Collective kTree;
extern const Collective kInNetwork;
extern const Collective kHierarchical;
extern const Collective kPairwise;
inline constexpr std::array kCollectives{&kRing, &kTree, &kInNetwork, &kHierarchical, &kPairwise};

struct CollectivePrice {
  Seconds time{};
  const Collective* algorithm = nullptr;         ///< null: nothing to send
  std::array<Bytes, kMaxTiers> bytes_by_tier{};  ///< over one rank's link, one direction
};

/// Rounds that run alongside share one call: the slowest link paces them, their hops add up.
CollectivePrice price(const Rounds& rounds, const Network& network);

/// What engines play on shared links; the price is the sum of latencies and transfers.
Stretches stretches_of(const Rounds& rounds, const Network& network);

/// The fastest admitted algorithm. One rank, or no bytes, costs nothing.
CollectivePrice collective_price(CollectiveOp op, Bytes payload, const NetworkGroup& group,
                                 const Network& network);

inline Seconds collective_time(CollectiveOp op, Bytes payload, const NetworkGroup& group,
                               const Network& network) {
  return collective_price(op, payload, group, network).time;
}

/// From the innermost on, tiers whose links are the same in both networks; how many GPUs they reach
/// is not compared. Groups that lie alike and cross no others send at the same price.
int tiers_alike(const Network& a, const Network& b);

/// Outermost tier that the group's traffic crosses: the first whose domain holds all ranks.
int outermost_tier(const NetworkGroup& group, const Network& network);

/// Ranks that share what leaves one domain of the tier below: each owns a link of the tier.
constexpr int sharing(const NetworkGroup& group, int tier) {
  return tier == 0 ? 1 : group.span[tier - 1];
}

/// Domains of the tier below that one domain of the tier joins for this group.
constexpr int joined(const NetworkGroup& group, int tier) {
  return (group.span[tier] + sharing(group, tier) - 1) / sharing(group, tier);
}

}  // namespace fleetcast
