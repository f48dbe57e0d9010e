// Every rank sends to every other (all-to-all), or one to another (send/recv): what stays in the
// domain goes over its links while the rest leaves over the outer ones.

#include "models/cost/collective.hpp"

namespace fleetcast {
namespace {

bool admits(CollectiveOp op, const NetworkGroup&, const Network&) {
  return op == CollectiveOp::kAllToAll || op == CollectiveOp::kSendRecv;
}

Rounds rounds(CollectiveOp op, Bytes payload, const NetworkGroup& group, const Network& network) {
  Rounds result;
  const int top = outermost_tier(group, network);
  const Bytes to_each = op == CollectiveOp::kSendRecv ? payload : payload / (1.0 * group.ranks);
  for (int t = 0; t <= top; ++t) {
    const int near = (t == 0 ? group.span[0] : group.ranks) - sharing(group, t);
    const int meet_here = group.span[t] - sharing(group, t);
    if (near == 0) continue;  // nobody else in the innermost domain
    // What goes further out passes the links of every outer tier on its way.
    result.add({.repeat = op == CollectiveOp::kSendRecv ? 1 : near,
                .hops = op == CollectiveOp::kSendRecv ? (t == top) : meet_here,
                .bytes = to_each,
                .tier = t,
                .op = op,
                .ranks = t == 0 && op == CollectiveOp::kAllToAll ? group.span[0] : 0,
                .alongside = result.count > 0});
  }
  return result;
}

}  // namespace

constinit const Collective kPairwise{.key = "pairwise", .admits = admits, .rounds = rounds};

}  // namespace fleetcast
