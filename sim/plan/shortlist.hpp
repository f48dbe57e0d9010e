#pragma once

// The best plans so far, and whether another can still be one of them.

#include <array>
#include <span>
#include <vector>

#include "models/parallel/plan.hpp"
#include "models/workload/precision.hpp"

namespace fleetcast {

/// A plan with what it takes, by objective; smaller is better.
struct Scored {
  static constexpr std::size_t kMost = 3;
  Plan plan;
  const Precision* precision = nullptr;
  std::array<double, kMost> value{};
};

/// By one objective: the best plan of each of the best layouts (tp, cp, pp, vp, ep, etp, dp,
/// micro-batch, precision), best first. By several: the plans that no other beats in all of them
/// (Pareto), by the first. Of equals the first stays.
class Shortlist {
 public:
  /// keep: layouts; of a Pareto set all are kept. Requires: 1 <= objectives <= Scored::kMost.
  Shortlist(std::size_t keep, std::size_t objectives) : keep_(keep), objectives_(objectives) {}

  /// Whether no plan with these floors can enter. `plan`: its layout.
  [[nodiscard]] bool hopeless(const Scored& floors) const;
  void add(const Scored& scored);
  [[nodiscard]] std::span<const Scored> ranked() const { return ranked_; }

 private:
  [[nodiscard]] bool covers(const Scored& better, const Scored& worse) const;
  void add_by_layout(const Scored& scored);

  std::size_t keep_, objectives_;
  std::vector<Scored> ranked_;
};

}  // namespace fleetcast
