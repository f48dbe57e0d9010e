#include <cmath>

#include "models/parallel/dimension.hpp"
#include "models/workload/stack.hpp"

// Expert parallelism: tokens travel to their experts and back (Lepikhin et al. 2020, GShard,
// arXiv:2006.16668). Expert ranks fold over tensor, context and data ranks (Megatron-Core).

namespace fleetcast {
namespace {

constinit const MisfitReason kDense{"ep_dense", "ep {0:.0f} needs experts, the model has {1:.0f}"};
constinit const MisfitReason kExperts{"ep_experts",
                                      "ep {0:.0f} does not divide the {1:.0f} experts"};
constinit const MisfitReason kRanks{"ep_ranks",
                                    "ep x etp = {0:.0f} does not divide tp x cp x dp = {1:.0f}"};

Misfit admits(const Job& job, const Plan& plan) {
  const Transformer& m = *job.model;
  if (plan.ep > 1 && !m.is_moe()) return {&kDense, double(plan.ep), m.experts};
  if (m.is_moe() && std::fmod(m.experts, plan.ep) != 0.0)
    return {&kExperts, double(plan.ep), m.experts};
  const int ranks = plan.tp * plan.cp * plan.dp;
  if (ranks % (plan.ep * plan.etp) != 0)
    return {&kRanks, double(plan.ep * plan.etp), double(ranks)};
  return kFits;
}

void shard(const Plan& plan, Split& split) { split.expert_shards = plan.ep; }

bool exchange(const Op& op, const Transformer& model, const Plan& plan, const Split& split,
              Exchange& out) {
  const bool dispatch = op.boundary == Boundary::kDispatch;
  if (plan.ep == 1 || (!dispatch && op.boundary != Boundary::kCombine)) return false;
  out.group = Group::kExpert;
  out.forward = out.backward = CollectiveOp::kAllToAll;
  out.forward_payload = out.backward_payload = op.payload;
  // What goes to the experts, tokens or gradients of their outputs, may go narrower than it
  // returns.
  (dispatch ? out.forward_payload : out.backward_payload) *= split.stack->dispatch_bytes / 2.0;
  // DeepEP and HybridEP send one copy of a token to a domain and fan out inside it.
  out.copies = split.stack->dispatcher == "alltoall" ? 1.0 : model.top_k;
  return true;
}

}  // namespace

constinit const Dimension kExpertDimension{
    "ep",     "expert parallel: routed experts", &Plan::ep, admits, shard,
    exchange, dimension_defaults::hold};

}  // namespace fleetcast
