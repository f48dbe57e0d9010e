// All-reduce added up by the switches (NVLS, SHARP) of the innermost tier, and of further tiers where
// they can; over tiers that can't, a tree between the domains (NCCL's NVLSTree).

#include <algorithm>
#include <bit>

#include "models/cost/collective.hpp"

namespace fleetcast {
namespace {

// Setting the switches up takes what a ring over eight ranks does in hops: in nccl-tests, eight GPUs
// take as long for small messages with NVLS as the line through two and four without it foretells.
constexpr int kSwitchHops = 14;

bool admits(CollectiveOp op, const NetworkGroup& group, const Network& network) {
  return op == CollectiveOp::kAllReduce && network.link[0].in_network && group.span[0] > 1;
}

/// Bytes a link carries: a rank gives its buffer and its share of the sum, which is a ring's bytes
/// or more for three ranks or fewer; the gain is what large groups reach.
double times_payload(int ranks, double gain) {
  const double n = ranks;
  return std::max((n + 1) / n, 2.0 * (n - 1) / n / gain);
}

Rounds rounds(CollectiveOp op, Bytes payload, const NetworkGroup& group, const Network& network) {
  Rounds result;
  for (int t = 0; t <= outermost_tier(group, network); ++t) {
    const int domains = joined(group, t);
    const int doublings = static_cast<int>(std::bit_width(static_cast<unsigned>(domains - 1)));
    const Link& link = network.link[t];
    const double tree = group.ranks == 2 * sharing(group, t) ? 1.0 : 2.0;
    const double times = link.in_network ? times_payload(domains, link.in_network_gain) : tree;
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
