// Tier by tier: scatter inside the domain, so that each GPU exchanges its own part over its own
// link of the next tier, and gather on the way back. Few hops in large groups, but one call a tier.

#include "models/cost/collective.hpp"

namespace fleetcast {
namespace {

bool admits(CollectiveOp op, const NetworkGroup& group, const Network&) {
  return group.span[0] > 1 && group.span[0] < group.ranks &&
         (op == CollectiveOp::kAllGather || op == CollectiveOp::kReduceScatter ||
          op == CollectiveOp::kAllReduce);
}

/// A ring over the domains that one tier joins; what they exchange shrank by the tiers below.
void add_ring(CollectiveOp op, Bytes payload, int tier, const NetworkGroup& group, Rounds& result) {
  const int domains = joined(group, tier);
  const int steps = (op == CollectiveOp::kAllReduce ? 2 : 1) * (domains - 1);
  if (steps == 0) return;
  result.add({.repeat = steps,
              .hops = steps,
              .bytes = payload / (1.0 * domains * sharing(group, tier)),
              .tier = tier,
              .op = op,
              .ranks = tier == 0 ? domains : 0});
}

Rounds rounds(CollectiveOp op, Bytes payload, const NetworkGroup& group, const Network& network) {
  Rounds result;
  const int top = outermost_tier(group, network);
  const bool all_reduce = op == CollectiveOp::kAllReduce;
  if (op != CollectiveOp::kAllGather) {
    for (int t = 0; t < top + !all_reduce; ++t) {
      add_ring(CollectiveOp::kReduceScatter, payload, t, group, result);
    }
  }
  if (all_reduce) add_ring(op, payload, top, group, result);
  if (op != CollectiveOp::kReduceScatter) {
    for (int t = top + !all_reduce; t-- > 0;) {
      add_ring(CollectiveOp::kAllGather, payload, t, group, result);
    }
  }
  return result;
}

}  // namespace

constinit const Collective kHierarchical{.key = "hierarchical", .admits = admits, .rounds = rounds};

}  // namespace fleetcast
