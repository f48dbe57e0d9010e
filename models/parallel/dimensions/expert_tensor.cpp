#include <cmath>

#include "models/parallel/dimension.hpp"

// Tensor parallelism inside an expert: the tokens of all its ranks are gathered, its partial
// outputs are summed (Megatron-Core parallel folding, arXiv:2504.14960).

namespace fleetcast {
namespace {

constinit const MisfitReason kDense{"etp_dense",
                                    "etp {0:.0f} needs experts, the model has {1:.0f}"};
constinit const MisfitReason kWidth{"etp_width",
                                    "etp {0:.0f} does not divide the expert width {1:.0f}"};

Misfit admits(const Job& job, const Plan& plan) {
  const Transformer& m = *job.model;
  if (plan.etp > 1 && !m.is_moe()) return {&kDense, double(plan.etp), m.experts};
  if (m.is_moe() && std::fmod(m.moe_ffn_hidden, plan.etp) != 0.0)
    return {&kWidth, double(plan.etp), m.moe_ffn_hidden};
  return kFits;
}

void shard(const Plan& plan, Split& split) { split.expert_tensor_shards = plan.etp; }

bool exchange(const Op& op, const Transformer&, const Plan& plan, const Split&, Exchange& out) {
  const bool enter = op.boundary == Boundary::kEnterExpertTensor;
  if (plan.etp == 1 || (!enter && op.boundary != Boundary::kLeaveExpertTensor)) return false;
  out.group = Group::kExpertTensor;
  out.forward = enter ? CollectiveOp::kAllGather : CollectiveOp::kReduceScatter;
  out.backward = enter ? CollectiveOp::kReduceScatter : CollectiveOp::kAllGather;
  out.forward_payload = out.backward_payload = op.payload;
  return true;
}

}  // namespace

constinit const Dimension kExpertTensorDimension{"etp",
                                                 "expert tensor parallel: width of an expert",
                                                 &Plan::etp,
                                                 admits,
                                                 shard,
                                                 exchange,
                                                 dimension_defaults::hold};

}  // namespace fleetcast
