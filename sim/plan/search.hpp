#pragma once

// The best of every plan of a stated space on a given fleet, and the proof: nothing is left out but
// what cannot run, or what a bound shows to be no better.

#include <string>
#include <string_view>
#include <vector>

#include "sim/plan/estimate.hpp"
#include "sim/plan/objective.hpp"
#include "sim/plan/space.hpp"

namespace fleetcast {

struct RefusedPlans {
  std::string_view reason;  ///< MisfitReason::key
  long count = 0;
  Misfit example;  ///< the one that misses least
};

/// What became of the space: plans = refused + priced + pruned.
struct SearchCounts {
  long plans = 0;
  long priced = 0;  ///< their schedules played
  long pruned = 0;  ///< no better than a ranked plan: by a bound, or as they recompute more
  std::vector<RefusedPlans> refused;
  bool proven_optimal = false;
  Seconds elapsed{};
};

struct SearchResult {
  SearchCounts counts;
  Space space;
  std::vector<const Objective*> objectives;
  std::vector<Estimate> ranked;          ///< best first; a Pareto set by its first objective
  std::vector<std::vector<double>> use;  ///< as ranked: Objective::of a step of the batch
  Estimate own;                          ///< the scenario's own plan, where it names one
  double own_ratio = 0;                  ///< its first objective over the best's; 0: none
};

struct SearchOptions {
  int keep = 10;  ///< layouts returned, each with its best settings
  /// One: the smallest wins. Several: the Pareto set.
  std::vector<const Objective*> objectives{&kStepTime};
  unsigned threads = 0;  ///< 0: as many as the machine has; results are the same
};

/// Over all precision recipes of `precisions` that the chip runs. The scenario's own plan, when it
/// is complete, is not a limit of the space but one of its members.
/// Requires: scenario.spec.gpus > 0; precisions and objectives not empty.
SearchResult search(const config::Scenario& scenario, const System& system,
                    std::span<const Precision* const> precisions, const SearchOptions& options);

}  // namespace fleetcast
