#pragma once

// Every plan of a stated space on a given fleet: the best, the runners-up, the refused by reason.

#include <string>
#include <string_view>
#include <vector>

#include "sim/plan/estimate.hpp"
#include "sim/plan/space.hpp"

namespace fleetcast {

struct RefusedPlans {
  std::string_view reason;  ///< MisfitReason::key
  long count = 0;
  Misfit example;  ///< the first, with its numbers
};

/// What became of the space. plans = refused + priced + pruned.
struct SearchCounts {
  long plans = 0;
  long priced = 0;
  long pruned = 0;  ///< a lower bound on their step time exceeds the runners-up
  std::vector<RefusedPlans> refused;
  bool proven_optimal = false;
  Seconds elapsed{};
};

struct SearchResult {
  SearchCounts counts;
  Space space;
  std::vector<Estimate> ranked;  ///< best first
  /// The plan the scenario itself names, among those ranked: its place and its time over the
  /// best's.
  int own_rank = 0;  ///< 0: the scenario names none, or it is refused
  double own_ratio = 0;
  Estimate own;
};

struct SearchOptions {
  int keep = 10;  ///< ranked plans returned
};

/// Requires: scenario.spec.gpus > 0. The scenario's own plan, when it is complete, is not a limit
/// of the space but one of its members.
SearchResult search(const config::Scenario& scenario, const System& system,
                    const Precision& precision, const SearchOptions& options);

}  // namespace fleetcast
