#include <algorithm>
#include <cmath>

#include "models/parallel/dimension.hpp"

// Data parallelism, with states sharded by ZeRO (Rajbhandari et al. 2019, arXiv:1910.02054).

namespace fleetcast {
namespace {

constinit const MisfitReason kBatch{
    "dp_batch", "dp x micro_batch = {0:.0f} does not divide the global batch of {1:.0f} sequences"};

Misfit admits(const Job& job, const Plan& plan) {
  const double unit = double(plan.dp) * plan.micro_batch;
  if (job.global_batch > 0 && std::fmod(job.global_batch, unit) != 0.0)
    return {&kBatch, unit, job.global_batch};
  return kFits;
}

double group(int ranks, int shard_group) {
  return shard_group > 0 ? std::min(ranks, shard_group) : ranks;
}

void hold(const Plan& plan, Holding& h) {
  const double dense = group(plan.dp * plan.cp, plan.shard_group);
  const double expert = group(plan.expert_dp(), plan.shard_group);
  if (plan.zero >= 1) h.optimizer *= dense, h.expert_optimizer *= expert;
  if (plan.zero >= 2) h.gradients *= dense, h.expert_gradients *= expert;
  if (plan.zero >= 3) h.weights *= dense, h.expert_weights *= expert;
}

}  // namespace

constinit const Dimension kDataDimension{
    "dp",   "data parallel: the batch", &Plan::dp,
    admits, dimension_defaults::shard,  dimension_defaults::exchange,
    hold};

}  // namespace fleetcast
