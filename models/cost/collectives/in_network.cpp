// All-reduce added up by the switches (NVLS, SHARP) of the innermost tier, and of further tiers
// where they can; over tiers that can't, a tree between the domains (NCCL's NVLSTree).

#include <algorithm>
#include <bit>

#include "models/cost/collective.hpp"

namespace fleetcast {
namespace {

// Setting the switches up takes what a ring over eight ranks does in hops: in nccl-tests, eight
// GPUs take as long for small messages with NVLS as the line through two and four without it
// foretells.
constexpr int kSwitchHops = 14;

bool admits(CollectiveOp op, const NetworkGroup& group, const Network& network) {
  return op == CollectiveOp::kAllReduce && network.link[0].in_network && group.span[0] > 1;
}

/// Bytes of one link over the payload. A rank gives its buffer and its share of the sum, (n + 1) /
/// n, where a ring takes 2 (n - 1) / n. The switches' lower efficiency eats that up for four ranks
/// (NCCL keeps to its ring there); the measured gain is that of eight, and larger groups gain no
/// more (72 ranks of an NVL72 reach the bus bandwidth of 8).
double times_payload(int ranks, double gain) {
  constexpr double kBytesOfEight = 14.0 / 9.0;  // a ring's over the switches'
  const double n = ranks;
  return std::max((n + 1) / n * kBytesOfEight, 2.0 * (n - 1) / n) / gain;
}

Rounds rounds(CollectiveOp op, Bytes payload, const NetworkGroup& group, const Network& network) {
  Rounds result;
  for (int t = 0; t <= outermost_tier(group, network); ++t) {
    const int domains = joined(group, t);
    const int doublings = static_cast<int>(std::bit_width(static_cast<unsigned>(domains - 1)));
    const Link& link = network.link[t];
    // Over outer tiers each domain gives its sum once: to a switch or another domain, or in a tree
    // also what it passes on.
    const bool once = link.in_network || group.ranks == 2 * sharing(group, t);
    const double times = t == 0 ? times_payload(domains, link.in_network_gain) : once ? 1.0 : 2.0;
    result.add({.repeat = 1,
                .hops = t == 0 ? kSwitchHops : 2 * doublings,
                .bytes = times * payload / (1.0 * sharing(group, t)),
                .tier = t,
                .op = op,
                .alongside = t > 0});
  }
  return result;
}

}  // namespace

constinit const Collective kInNetwork{.key = "in_network", .admits = admits, .rounds = rounds};

}  // namespace fleetcast
