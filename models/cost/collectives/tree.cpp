// All-reduce up a tree and down again, as NCCL does: a chain within the innermost domain, two
// binary trees over the domains (Sanders, Speck, Traeff 2009). More bytes than a ring, far fewer
// hops.

#include <bit>

#include "models/cost/collective.hpp"

namespace fleetcast {
namespace {

bool admits(CollectiveOp op, const NetworkGroup& group, const Network&) {
  return op == CollectiveOp::kAllReduce && group.span[0] < group.ranks;
}

Rounds rounds(CollectiveOp op, Bytes payload, const NetworkGroup& group, const Network& network) {
  Rounds result;
  for (int t = 0; t <= outermost_tier(group, network); ++t) {
    if (group.span[t] == 1) continue;
    const int domains = joined(group, t);
    const int doublings = static_cast<int>(std::bit_width(static_cast<unsigned>(domains - 1)));
    // Two domains swap halves; more pass on both ways what comes from two children.
    const double times = group.ranks == 2 * sharing(group, t) ? 1.0 : 2.0;
    result.add({.repeat = 1,
                .hops = 2 * (t == 0 ? domains - 1 : doublings),
                .bytes = times * payload / (1.0 * sharing(group, t)),
                .tier = t,
                .op = op,
                .alongside = result.count > 0});
  }
  return result;
}

}  // namespace

constinit const Collective kTree{.key = "tree", .admits = admits, .rounds = rounds};

}  // namespace fleetcast
