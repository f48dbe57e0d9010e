#include "models/parallel/dimension.hpp"

// Pipeline parallelism: layers are cut into stages, and each stage into virtual chunks (Narayanan
// et al. 2021, arXiv:2104.04473). Its bubbles come from the schedule (models/cost/schedule.hpp).

namespace fleetcast {
namespace {

constinit const MisfitReason kLayers{"pp_layers",
                                     "pp x vp = {0:.0f} chunks, but only {1:.0f} layers"};
constinit const MisfitReason kChunks{"vp_without_pp", "vp {0:.0f} needs pp above 1, pp is {1:.0f}"};

Misfit admits(const Job& job, const Plan& plan) {
  const double chunks = double(plan.pp) * plan.vp;
  if (plan.pp == 1 && plan.vp > 1) return {&kChunks, double(plan.vp), 1.0};
  if (plan.pp > 1 && chunks > job.model->layers + 2.0) return {&kLayers, chunks, job.model->layers};
  return kFits;
}

}  // namespace

constinit const Dimension kPipelineDimension{"pp",
                                             "pipeline parallel: layers",
                                             &Plan::pp,
                                             admits,
                                             dimension_defaults::shard,
                                             dimension_defaults::exchange,
                                             dimension_defaults::hold};

}  // namespace fleetcast
