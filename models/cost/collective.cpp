#include "models/cost/collective.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace fleetcast {
namespace {

Bytes bytes_of(const Round& round) { return 1.0 * round.repeat * round.bytes; }

/// What one round waits for: its call, its hops, and its bytes on the link.
struct Parts {
  Seconds call{}, hops{}, transfer{};
};

/// Moving bytes over a link in chunks of the best size: chunk overhead against idle stages. Few
/// bytes go by the eager protocol.
Parts parts_of(const Round& round, const Network& network) {
  const Link& link = network.link[round.tier];
  const CollectiveCurve& curve = link.curve[static_cast<int>(round.op)];
  const Bytes bytes = bytes_of(round);
  if (bytes <= curve.eager_limit) {
    return {curve.eager_latency, 1.0 * round.hops * curve.eager_latency_per_hop,
            bytes / (curve.eager_efficiency * link.bandwidth)};
  }
  const double slower =
      round.ranks > 0 ? 1.0 + curve.small_group / (1.0 * round.ranks * round.ranks) : 1.0;
  const Seconds whole = slower * bytes / (curve.efficiency * link.bandwidth);
  return {curve.latency, 1.0 * round.hops * curve.latency_per_hop,
          whole + Seconds{2.0 * std::sqrt(curve.chunk.base() * whole.base())}};
}

}  // namespace

Network make_network(const Cluster& cluster, std::span<const Fabric* const> fabric_of_tier) {
  assert(cluster.tiers.size() <= kMaxTiers && fabric_of_tier.size() == cluster.tiers.size());
  Network network;
  for (const Tier& tier : cluster.tiers) {
    const Fabric& fabric = *fabric_of_tier[network.tiers];
    network.link[network.tiers++] = {
        .bandwidth = tier.bandwidth / tier.oversubscription,
        .gpus = tier.gpus,
        .in_network = tier.in_network_reduction,
        .in_network_gain = fabric.in_network_reduction_gain,
        .curve = {fabric.all_gather, fabric.reduce_scatter, fabric.all_reduce, fabric.all_to_all,
                  fabric.send_recv}};
  }
  return network;
}

NetworkGroup strided_group(int ranks, int stride, const Network& network) {
  NetworkGroup group{.ranks = ranks};
  int inner = 1;
  for (int t = 0; t < kMaxTiers; ++t) {
    const bool last = t + 1 >= network.tiers;
    const double gpus = network.link[t].gpus;
    const double within = last || gpus == 0 ? ranks : std::min(1.0 * ranks, gpus / stride);
    inner = std::max(inner, static_cast<int>(within));
    group.span[t] = inner;
  }
  return group;
}

int tiers_alike(const Network& a, const Network& b) {
  int alike = 0;
  const auto same = [](const Link& one, const Link& other) {
    return one.bandwidth == other.bandwidth && one.in_network == other.in_network &&
           one.in_network_gain == other.in_network_gain && one.curve == other.curve;
  };
  while (alike < std::min(a.tiers, b.tiers) && same(a.link[alike], b.link[alike])) ++alike;
  return alike;
}

int outermost_tier(const NetworkGroup& group, const Network& network) {
  int tier = 0;
  while (tier + 1 < network.tiers && group.span[tier] < group.ranks) ++tier;
  return tier;
}

CollectivePrice price(const Rounds& rounds, const Network& network) {
  CollectivePrice result;
  Seconds call{};
  Seconds hops{};
  Seconds transfer{};
  for (const Round& round : rounds) {
    if (!round.alongside) {
      result.time += call + hops + transfer;
      call = hops = transfer = Seconds{};
    }
    const Parts parts = parts_of(round, network);
    call = std::max(call, parts.call);
    hops += parts.hops;
    transfer = std::max(transfer, parts.transfer);
    result.bytes_by_tier[round.tier] += bytes_of(round);
  }
  result.time += call + hops + transfer;
  return result;
}

Stretches stretches_of(const Rounds& rounds, const Network& network) {
  Stretches result;
  Seconds hops{};
  for (const Round& round : rounds) {
    if (!round.alongside || result.count == 0) {
      ++result.count;
      hops = Seconds{};
    }
    Stretch& stretch = result.stretch[result.count - 1];
    const Parts parts = parts_of(round, network);
    stretch.call = std::max(stretch.call, parts.call);
    hops += parts.hops;
    stretch.latency = stretch.call + hops;
    stretch.transfer = std::max(stretch.transfer, parts.transfer);
    stretch.busy[round.tier] +=
        std::min(parts.transfer, bytes_of(round) / network.link[round.tier].bandwidth);
  }
  return result;
}

CollectivePrice collective_price(CollectiveOp op, Bytes payload, const NetworkGroup& group,
                                 const Network& network) {
  CollectivePrice best;
  if (group.ranks < 2 || payload <= Bytes{}) return best;
  for (const Collective* algorithm : kCollectives) {
    if (!algorithm->admits(op, group, network)) continue;
    CollectivePrice candidate = price(algorithm->rounds(op, payload, group, network), network);
    if (best.algorithm != nullptr && candidate.time >= best.time) continue;
    candidate.algorithm = algorithm;
    best = candidate;
  }
  assert(best.algorithm != nullptr);
  return best;
}

}  // namespace fleetcast
