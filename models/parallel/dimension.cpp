#include "models/parallel/dimension.hpp"

namespace fleetcast {
namespace {

constexpr std::array<const Dimension*, 6> kDimensions{&kTensorDimension,   &kContextDimension,
                                                      &kExpertDimension,   &kExpertTensorDimension,
                                                      &kPipelineDimension, &kDataDimension};

}  // namespace

std::span<const Dimension* const> dimensions() { return kDimensions; }

Misfit misfit_of(const Job& job, const Plan& plan) {
  for (const Dimension* d : kDimensions)
    if (const Misfit m = d->admits(job, plan); !m.fits()) return m;
  return kFits;
}

Split split_of(const Job& job, const Plan& plan, const Precision& precision, const Stack& stack) {
  Split split;
  split.micro_batch = plan.micro_batch;
  split.seq_len = job.seq_len;
  split.precision = &precision;
  split.stack = &stack;
  for (const Dimension* d : kDimensions) d->shard(plan, split);
  return split;
}

Holding holding_of(const Plan& plan) {
  Holding holding;
  for (const Dimension* d : kDimensions) d->hold(plan, holding);
  return holding;
}

namespace dimension_defaults {
void shard(const Plan&, Split&) {}
bool exchange(const Op&, const Transformer&, const Plan&, const Split&, Exchange&) { return false; }
void hold(const Plan&, Holding&) {}
}  // namespace dimension_defaults

}  // namespace fleetcast
