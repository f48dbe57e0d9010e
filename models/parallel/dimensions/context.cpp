#include <cmath>

#include "models/parallel/dimension.hpp"

// Context parallelism: each rank holds two mirrored pieces of every sequence, keys and values
// travel in a ring beside the attention kernel (Liu et al. 2023, arXiv:2310.01889; Megatron-Core).

namespace fleetcast {
namespace {

constinit const MisfitReason kLength{
    "cp_length", "2 cp = {0:.0f} does not divide the sequence of {1:.0f} tokens"};

Misfit admits(const Job& job, const Plan& plan) {
  const double pieces = plan.cp == 1 ? 1.0 : 2.0 * plan.cp;
  if (std::fmod(job.seq_len, pieces) != 0.0) return {&kLength, pieces, job.seq_len};
  return kFits;
}

void shard(const Plan& plan, Split& split) { split.sequence_shards = plan.cp; }

bool exchange(const Op& op, const Transformer&, const Plan& plan, const Split&, Exchange& out) {
  if (plan.cp == 1 || op.boundary != Boundary::kKeyValue) return false;
  out.group = Group::kContext;
  out.forward = CollectiveOp::kAllGather;
  out.backward = CollectiveOp::kReduceScatter;
  out.forward_payload = op.payload * plan.cp;
  out.backward_payload = op.payload * plan.cp;
  out.again_in_backward = true;  // keys and values go around once more, with their gradients
  out.under_attention = true;
  return true;
}

}  // namespace

constinit const Dimension kContextDimension{
    "cp",     "context parallel: the sequence", &Plan::cp, admits, shard,
    exchange, dimension_defaults::hold};

}  // namespace fleetcast
