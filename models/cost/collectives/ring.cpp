// One ring through all ranks, in as many channels as a domain has ranks: each enters and leaves the
// domain by another link, so all links of all tiers carry their share at the same time.

#include "models/cost/collective.hpp"

namespace fleetcast {
namespace {

bool admits(CollectiveOp op, const NetworkGroup&, const Network&) {
  return op == CollectiveOp::kAllGather || op == CollectiveOp::kReduceScatter ||
         op == CollectiveOp::kAllReduce;
}

// A step moves 1/n of the payload from each rank to the next; an all-reduce goes round twice.
Rounds rounds(CollectiveOp op, Bytes payload, const NetworkGroup& group, const Network& network) {
  Rounds result;
  const int trips = op == CollectiveOp::kAllReduce ? 2 : 1;
  const int top = outermost_tier(group, network);
  const auto crossings = [&](int below) { return (group.ranks + below - 1) / below; };
  for (int t = 0; t <= top; ++t) {
    if (group.span[t] == 1) continue;
    const int share = sharing(group, t);
    const int hops = crossings(share) - (t == top ? 1 : crossings(group.span[t]));
    result.add({.repeat = trips * (group.ranks - 1),
                .hops = trips * hops,
                .bytes = payload / (1.0 * group.ranks * share),
                .tier = t,
                .op = op,
                .ranks = t == 0 ? group.span[0] : 0,
                .alongside = result.count > 0});
  }
  return result;
}

}  // namespace

constinit const Collective kRing{.key = "ring", .admits = admits, .rounds = rounds};

}  // namespace fleetcast
