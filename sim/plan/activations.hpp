#pragma once

// What each recompute policy of a space keeps of one layer shape's activations: counted once a
// shape, without pricing a kernel.

#include "sim/plan/space.hpp"
#include "sim/step/memory.hpp"

namespace fleetcast {

/// Whether policy `a` computes again all that `b` does: then it is never faster. Of policies as
/// recompute_for() lists them.
bool recomputes_all_of(const Recompute& a, const Recompute& b);

/// One a thread; fill() keeps its memory.
class ActivationTable {
 public:
  /// `base` is a layer shape that the model divides into; `ops` is written over.
  void fill(const Space& space, const Pricing& pricing, const Plan& base, OpList& ops);

  /// Requires: a policy of recompute_for(space, model, plan), by its place there.
  [[nodiscard]] LayerMemories of(std::size_t policy, const Recompute& recompute,
                                 const Pricing& pricing, Plan plan) const;

 private:
  std::vector<LayerMemories> by_set_;  ///< as Space::recompute
  LayerMemories whole_{};              ///< whole layers recomputed
};

}  // namespace fleetcast
