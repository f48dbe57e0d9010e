#pragma once

// The plans that a search may choose from, stated: every combination of the listed sizes.

#include <span>
#include <vector>

#include "models/cost/schedule.hpp"
#include "sim/config/scenario.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast {

/// Candidate sizes of each dimension. A scenario's fixed sizes leave one candidate.
struct Space {
  std::vector<int> tp, cp, pp, ep, etp, micro_batch, zero;
  std::vector<int> vp;  ///< empty: all that cut the layers evenly
  std::vector<Recompute> recompute;
  std::vector<const Schedule*> schedule;
  bool ep_overlap = false;
  bool sequence_parallel = true;
  double batch_tolerance = 0;
  double seq_len = 0;
  double global_batch = 0;
};

/// tp, cp, ep: powers of two (ep: divisors of the experts) up to 64 or what the model divides into;
/// etp: 1 or tp; pp x vp: cut the layers evenly, or short by one layer at both ends; micro-batches
/// of 1, 2, 4; nothing, activations and norms, or whole layers recomputed.
Space space_of(const config::Scenario& scenario, const System& system);

/// Divisors of n, ascending.
std::vector<int> divisors(int n);

/// Virtual chunks that go with this many stages.
std::vector<int> chunks_for(const Space& space, const Transformer& model, int pp);

/// What a layer looks like: tp, cp, ep, etp, micro-batch, sharding, recompute. Visited in a fixed
/// order; the plan's other sizes are 1.
template <class Visit>
void for_each_layer_shape(const Space& space, Visit&& visit) {
  Plan plan;
  plan.sequence_parallel = space.sequence_parallel;
  plan.ep_overlap = space.ep_overlap;
  for (const int tp : space.tp)
    for (const int cp : space.cp)
      for (const int ep : space.ep)
        for (const int etp : space.etp) {
          if (etp > 1 && etp != tp && space.etp.size() > 1) continue;
          for (const int micro_batch : space.micro_batch)
            for (const int zero : space.zero)
              for (const Recompute& recompute : space.recompute) {
                plan.tp = tp, plan.cp = cp, plan.ep = ep, plan.etp = etp;
                plan.micro_batch = micro_batch, plan.zero = zero, plan.recompute = recompute;
                visit(plan);
              }
        }
}

/// How layers are strung together: pp, vp, schedule, over the layer shape in `plan`.
template <class Visit>
void for_each_pipeline(const Space& space, const Transformer& model, Plan plan, Visit&& visit) {
  for (const int pp : space.pp)
    for (const int vp : chunks_for(space, model, pp))
      for (const Schedule* schedule : space.schedule) {
        if ((vp > 1) != schedule->chunked) continue;
        plan.pp = pp, plan.vp = vp, plan.schedule = schedule;
        visit(plan);
      }
}

}  // namespace fleetcast
