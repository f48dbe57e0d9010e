#include <cmath>

#include "models/parallel/dimension.hpp"
#include "models/workload/precision.hpp"
#include "models/workload/stack.hpp"

// Tensor parallelism with sequence parallelism outside of the linears (Shoeybi et al. 2019,
// arXiv:1909.08053; Korthikanti et al. 2022, arXiv:2205.05198).

namespace fleetcast {
namespace {

constinit const MisfitReason kHeads{"tp_heads",
                                    "tp {0:.0f} does not divide the {1:.0f} attention heads"};
constinit const MisfitReason kKvHeads{
    "tp_kv_heads", "tp {0:.0f} neither divides nor is a multiple of the {1:.0f} key/value heads"};
constinit const MisfitReason kWidth{"tp_width", "tp {0:.0f} does not divide the MLP width {1:.0f}"};

Misfit admits(const Job& job, const Plan& plan) {
  const Transformer& m = *job.model;
  const double tp = plan.tp;
  if (std::fmod(m.heads, tp) != 0.0) return {&kHeads, tp, m.heads};
  if (std::fmod(m.kv_heads, tp) != 0.0 && std::fmod(tp, m.kv_heads) != 0.0)
    return {&kKvHeads, tp, m.kv_heads};
  if (m.dense_layers() > 0 && std::fmod(m.ffn_hidden, tp) != 0.0)
    return {&kWidth, tp, m.ffn_hidden};
  if (m.shared_experts > 0 && std::fmod(m.shared_expert_ffn_hidden * m.shared_experts, tp) != 0.0)
    return {&kWidth, tp, m.shared_expert_ffn_hidden};
  return kFits;
}

void shard(const Plan& plan, Split& split) {
  split.tensor_shards = plan.tp;
  split.norm_shards = plan.sequence_parallel ? plan.tp : 1;
}

bool exchange(const Op& op, const Transformer&, const Plan& plan, const Split& split,
              Exchange& out) {
  const bool enter = op.boundary == Boundary::kEnterTensor;
  if (plan.tp == 1 || (!enter && op.boundary != Boundary::kLeaveTensor)) return false;
  out.group = Group::kTensor;
  out.forward_payload = out.backward_payload = op.payload;
  const double narrow = split.precision->gather_bytes / 2.0;
  if (!plan.sequence_parallel) {
    // Megatron's f and g: identity one way, all-reduce the other.
    (enter ? out.forward_payload : out.backward_payload) = Bytes{0.0};
    out.forward = out.backward = CollectiveOp::kAllReduce;
    return true;
  }
  out.forward = enter ? CollectiveOp::kAllGather : CollectiveOp::kReduceScatter;
  out.backward = enter ? CollectiveOp::kReduceScatter : CollectiveOp::kAllGather;
  (enter ? out.forward_payload : out.backward_payload) *= narrow;
  if (!enter && split.stack->tp_overlap && split.stack->fp8_scatter)
    out.forward_payload *= split.precision->scatter_bytes / 2.0;
  out.again_in_backward = enter;  // the gathered input is rebuilt for the weight gradient
  return true;
}

}  // namespace

constinit const Dimension kTensorDimension{"tp",
                                           "tensor parallel: heads and MLP width",
                                           &Plan::tp,
                                           admits,
                                           shard,
                                           exchange,
                                           dimension_defaults::hold};

}  // namespace fleetcast
