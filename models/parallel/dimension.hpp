#pragma once

// The dimensions of parallelism, one row each: what a dimension admits, how it divides a layer,
// what its ranks exchange, and how it divides what they hold.

#include <array>
#include <span>
#include <string_view>

#include "models/base/misfit.hpp"
#include "models/parallel/plan.hpp"
#include "models/workload/op.hpp"
#include "models/workload/split.hpp"
#include "models/workload/transformer.hpp"

namespace fleetcast {

/// The job, as far as dividing it needs to know.
struct Job {
  const Transformer* model = nullptr;
  double seq_len = 0;
  double global_batch = 0;  ///< sequences
};

/// One collective of a boundary, in both directions of the step.
struct Exchange {
  CollectiveOp forward = CollectiveOp::kAllGather;
  CollectiveOp backward = CollectiveOp::kReduceScatter;
  Bytes forward_payload{};  ///< nccl-tests convention, models/cost/collective.hpp
  Bytes backward_payload{};
  Group group = Group::kTensor;
  bool again_in_backward = false;  ///< forward collective repeated to rebuild what was not kept
  bool under_attention = false;    ///< ring steps run beside the attention kernel
  double copies = 1.0;             ///< all-to-all: equal copies of a token sent to one domain
};

/// Divisors of what a rank keeps, beyond those of `Split`.
struct Holding {
  double weights = 1, gradients = 1, optimizer = 1;  ///< dense layers
  double expert_weights = 1, expert_gradients = 1, expert_optimizer = 1;
};

struct Dimension {
  std::string_view key;
  std::string_view meaning;
  int Plan::*size;
  Misfit (*admits)(const Job& job, const Plan& plan);
  void (*shard)(const Plan& plan, Split& split);
  /// Returns whether this dimension exchanges anything at that boundary. Of `boundary` its place
  /// and payload matter, and nothing else.
  bool (*exchange)(const Op& boundary, const Transformer& model, const Plan& plan,
                   const Split& split, Exchange& out);
  void (*hold)(const Plan& plan, Holding& holding);
};

extern const Dimension kTensorDimension;
extern const Dimension kContextDimension;
extern const Dimension kExpertDimension;
extern const Dimension kExpertTensorDimension;
extern const Dimension kPipelineDimension;
extern const Dimension kDataDimension;

std::span<const Dimension* const> dimensions();

/// First reason a dimension refuses the plan, or kFits.
Misfit misfit_of(const Job& job, const Plan& plan);
/// Sizes of one rank's share. Requires: misfit_of(job, plan).fits().
Split split_of(const Job& job, const Plan& plan, const Precision& precision, const Stack& stack);
Holding holding_of(const Plan& plan);

// Defaults for rows that do nothing at a place.
namespace dimension_defaults {
void shard(const Plan&, Split&);
bool exchange(const Op&, const Transformer&, const Plan&, const Split&, Exchange&);
void hold(const Plan&, Holding&);
}  // namespace dimension_defaults

}  // namespace fleetcast
