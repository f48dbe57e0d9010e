#pragma once

// Which ways to shard the states and to recompute activations fit a pipeline into memory, counted
// without pricing a kernel.

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "sim/plan/activations.hpp"
#include "sim/plan/estimate.hpp"

namespace fleetcast {

/// One a thread; keeps its memory from one pipeline to the next.
class Fitting {
 public:
  /// Activations of the shape that is asked next; they outlive the questions.
  void set_shape(const ActivationTable& activations) { activations_ = &activations; }

  /// Calls fits(plan) for each sharding and each policy with which `pipeline` fits, least recompute
  /// first: one that recomputes all that another fitting one does is never faster, and left out.
  /// Calls misses(needed, count) for each sharding with the least memory that policies need which
  /// do not fit, and their number. Both may use the workspace.
  /// Requires: set_shape() of its shape; its dp and micro-batches set and admitted.
  template <class Fits, class Misses>
  void for_each(const Space& space, const Pricing& pricing, Plan pipeline, PlanWorkspace& workspace,
                Fits&& fits, Misses&& misses) {
    place(space, pricing, pipeline, workspace);
    count_activations(pricing);
    for (const int zero : space.zero) {
      pipeline.zero = zero;
      for (const int shard_group : shard_groups_for(space, pipeline)) {
        pipeline.shard_group = shard_group;
        count_states(pricing, pipeline);
        const Missing missing = choose(pricing);
        misses(missing.needed, missing.count);
        visit_least(pipeline, fits);
      }
    }
  }

  /// Calls may_fit(plan) for each policy with which `pipeline`, or the same with fewer replicas,
  /// may fit in one of its shardings: of each kind of states what the thriftiest holds. Requires:
  /// as for_each.
  template <class MayFit>
  void for_each_policy(const Space& space, const Pricing& pricing, const Plan& pipeline,
                       PlanWorkspace& workspace, MayFit&& may_fit) {
    place(space, pricing, pipeline, workspace);
    count_thriftiest(space, pricing, pipeline);
    choose_any(pricing);
    visit_least(pipeline, may_fit);
  }

 private:
  struct Missing {
    Bytes needed{std::numeric_limits<double>::infinity()};
    long count = 0;
  };
  void place(const Space& space, const Pricing& pricing, const Plan& pipeline,
             PlanWorkspace& workspace);
  void count_states(const Pricing& pricing, const Plan& plan);
  void count_thriftiest(const Space& space, const Pricing& pricing, Plan plan);
  void count_activations(const Pricing& pricing);
  Missing choose(const Pricing& pricing);
  void choose_any(const Pricing& pricing);
  [[nodiscard]] bool is_needless(std::size_t policy) const;
  template <class Visit>
  void visit_least(Plan plan, Visit&& visit) const {
    for (const std::size_t policy : least_) {
      plan.recompute = policies_[policy];
      visit(plan);
    }
  }
  [[nodiscard]] Bytes memory_with(std::size_t policy, const Stack& stack) const;

  const ActivationTable* activations_ = nullptr;
  Step placed_;  ///< layers of the pipeline in question
  std::vector<Recompute> policies_;
  int policies_chunks_ = 0;                  ///< pp x vp that policies_ are of; 0: none
  std::vector<StageFlight> flights_;         ///< of the fullest stages
  std::vector<StageStates> states_;          ///< likewise
  std::vector<StageStates> thriftiest_;      ///< likewise
  std::vector<StageActivations> in_flight_;  ///< [policy * stages + stage]
  std::vector<std::size_t> least_;           ///< policies that fit, none recomputing another's all
};

}  // namespace fleetcast
