#pragma once

// The smallest fleet that meets a deadline, over every plan of a stated space.

#include <string>
#include <vector>

#include "sim/plan/estimate.hpp"
#include "sim/plan/space.hpp"

namespace fleetcast {

/// One system at one precision.
struct Fleet {
  std::size_t system = 0;  ///< index in the scenario
  const Precision* precision = nullptr;
  bool feasible = false;
  std::string why_not;  ///< when nothing meets the deadline
  double gpus = 0;      ///< whole nodes or domains
  double p10_gpus = 0, p90_gpus = 0;
  Estimate estimate;
  long shapes = 0;   ///< model-parallel shapes considered
  long refused = 0;  ///< that cannot be (indivisible, too big for memory)
  long pruned = 0;   ///< whose least fleet is larger than the answer
  long priced = 0;   ///< plans played
};

/// How the answer moves with the amount of training.
struct TokenPoint {
  double tokens = 0;
  std::vector<double> gpus;  ///< as FleetAnswer::fleets; 0: none
};

struct FleetAnswer {
  std::vector<Fleet> fleets;  ///< systems in the scenario's order, precisions within
  std::vector<TokenPoint> tokens;
  Seconds elapsed{};
};

struct FleetOptions {
  unsigned threads = 0;     ///< 0: as many as the machine has; results are the same
  bool token_curve = true;  ///< FleetAnswer::tokens as well
};

/// Requires: a deadline and tokens in the scenario.
FleetAnswer size_fleets(const config::Scenario& scenario, const FleetOptions& options = {});

}  // namespace fleetcast
