#pragma once

// The plans that a search may choose from, stated: every combination of the listed sizes.
//
// In levels, so that a search can leave out many at once: a layer shape (tp, cp, ep, etp,
// micro-batch, sequence parallel), strung into a pipeline (pp, vp, schedule), its states sharded
// (zero, shard group), its activations kept or computed again.

#include <string_view>
#include <utility>
#include <vector>

#include "models/cost/schedule.hpp"
#include "sim/config/scenario.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast {

/// Candidate sizes of each dimension. A scenario's fixed sizes leave one candidate.
struct Space {
  std::vector<int> tp, cp, pp, ep, etp, micro_batch, zero;
  std::vector<int> vp;           ///< empty: all that cut the layers evenly
  std::vector<int> shard_group;  ///< empty: all ranks; with zero 3 every divisor of their number
  std::vector<bool> sequence_parallel;
  std::vector<Recompute> recompute;  ///< none before one that recomputes less
  bool some_layers = false;          ///< full recompute of only some layers of each chunk as well
  std::vector<const Schedule*> schedule;
  bool ep_overlap = false;
  double idle = 0;  ///< share of the GPUs that may stay idle
  double batch_tolerance = 0;
  double seq_len = 0;
  double global_batch = 0;
};

/// The candidate sizes by their keys, for those who list them; vp where it is listed.
std::vector<std::pair<std::string_view, std::vector<int>>> dimensions_of(const Space& space);

/// tp, cp: powers of two up to 64 or what the model divides into; ep: divisors of the experts; etp:
/// powers of two up to tp; pp x vp: cut the layers evenly, or short by one layer at both ends;
/// micro-batches: divisors of the batch and powers of two; zero: what the stack does, or less; any
/// set of modules recomputed, or whole layers. A scenario's `space` replaces these by its lists.
Space space_of(const config::Scenario& scenario, const System& system);

/// Divisors of n, ascending.
std::vector<int> divisors(int n);

/// Virtual chunks that go with this many stages.
std::vector<int> chunks_for(const Space& space, const Transformer& model, int pp);

/// Ranks that share one copy of the states; 0: all. Requires: dp, cp, zero set.
std::vector<int> shard_groups_for(const Space& space, const Plan& plan);

/// Recompute policies of a pipeline of pp x vp chunks. Requires: pp, vp set.
std::vector<Recompute> recompute_for(const Space& space, const Transformer& model,
                                     const Plan& plan);

/// Gives the plan so many replicas, and the micro-batches that go with them; false when experts or
/// batch, moved within its tolerance, do not divide so.
bool divide(const Space& space, int dp, Plan& plan);

/// Data-parallel degree and micro-batches with which these GPUs train the batch, moved within its
/// tolerance: all of them, or with as few idle as the space allows and experts and batch divide.
/// False when the shape leaves more idle.
bool spread(const Space& space, int gpus, Plan& plan);
/// The batch that spread() left the plan with: one that it does not divide keeps the plan out.
double batch_of(const Space& space, const Plan& plan);

/// What a layer looks like, in a fixed order; the plan's other sizes are 1, zero and recompute
/// none.
template <class Visit>
void for_each_layer_base(const Space& space, Visit&& visit) {
  Plan plan;
  plan.zero = 0;
  plan.ep_overlap = space.ep_overlap;
  for (const int tp : space.tp)
    for (const int cp : space.cp)
      for (const int ep : space.ep)
        for (const int etp : space.etp) {
          if (etp > tp && space.etp.size() > 1) continue;
          for (const int micro_batch : space.micro_batch)
            for (const bool sequence_parallel : space.sequence_parallel) {
              if (tp == 1 && sequence_parallel != space.sequence_parallel.front()) continue;
              plan.tp = tp, plan.cp = cp, plan.ep = ep, plan.etp = etp;
              plan.micro_batch = micro_batch, plan.sequence_parallel = sequence_parallel;
              visit(plan);
            }
        }
}

/// Whether a schedule can run so many chunks at all, given micro-batches enough.
inline bool runs_chunks(const Schedule& schedule, int pp, int vp) {
  constexpr int kEnough = 1 << 20;
  return (vp > 1) == schedule.chunked && schedule.admits({pp, vp, kEnough}).fits();
}

/// How layers are strung together: pp, vp, schedule, over the layer shape in `plan`.
template <class Visit>
void for_each_pipeline(const Space& space, const Transformer& model, Plan plan, Visit&& visit) {
  for (const int pp : space.pp)
    for (const int vp : chunks_for(space, model, pp))
      for (const Schedule* schedule : space.schedule) {
        if (!runs_chunks(*schedule, pp, vp)) continue;
        plan.pp = pp, plan.vp = vp, plan.schedule = schedule;
        visit(plan);
      }
}

/// Every plan on a fleet, one by one.
template <class Visit>
void for_each_plan(const Space& space, const Transformer& model, int gpus, Visit&& visit) {
  for_each_layer_base(space, [&](const Plan& base) {
    for_each_pipeline(space, model, base, [&](Plan plan) {
      if (!spread(space, gpus, plan)) return;
      for (const int zero : space.zero) {
        plan.zero = zero;
        for (const int shard_group : shard_groups_for(space, plan))
          for (const Recompute& recompute : recompute_for(space, model, plan)) {
            plan.shard_group = shard_group, plan.recompute = recompute;
            visit(plan);
          }
      }
    });
  });
}

}  // namespace fleetcast
