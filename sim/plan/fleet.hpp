#pragma once

// The smallest fleet that meets a deadline, over every plan of a stated space.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/plan/sizer.hpp"

namespace fleetcast {

/// What a fleet of given size does at best.
struct FleetPoint {
  double gpus = 0;  ///< whole nodes or domains; 0: none runs
  double days = 0;  ///< of the whole run
  Estimate estimate;
};

/// One system at one precision.
struct Fleet {
  std::size_t system = 0;  ///< index in the scenario
  const Precision* precision = nullptr;
  bool feasible = false;
  std::string why_not;  ///< when nothing meets the deadline
  double gpus = 0;      ///< whole nodes or domains
  double p10_gpus = 0, p90_gpus = 0;
  Estimate estimate;
  FleetPoint smaller;             ///< the proof: one node or domain less, and its soonest end
  std::vector<FleetPoint> curve;  ///< fleets around the answer, where asked for
  SizerCounts counts;
};

/// How the answer moves with the amount of training or the deadline.
struct OtherJob {
  double tokens = 0;
  Seconds deadline{};
  std::vector<double> gpus;  ///< as FleetAnswer::fleets; 0: none
};

struct FleetAnswer {
  std::vector<Fleet> fleets;        ///< systems in the scenario's order, precisions within
  std::vector<OtherJob> tokens;     ///< fewer and more tokens, by the deadline
  std::vector<OtherJob> deadlines;  ///< the scenario's other deadlines
  Seconds elapsed{};
};

/// What sizing learned of each fleet, for more questions about it once it has a workspace again
/// (work_in): some megabytes each. As FleetAnswer::fleets; none of those that do not run.
using FleetSizers = std::vector<std::optional<FleetSizer>>;

struct FleetOptions {
  bool curve = false;           ///< fleets from a fourth to four times the answer as well
  bool answer_only = false;     ///< no smaller fleet, no other jobs
  unsigned threads = 0;         ///< 0: as many as the machine has; results are the same
  FleetSizers* keep = nullptr;  ///< where the scenario outlives them
};

/// Requires: a deadline and tokens in the scenario.
FleetAnswer size_fleets(const config::Scenario& scenario, const FleetOptions& options = {});

/// Gives some fleets of an answer, by index, their curves. Requires: the sizers of that answer.
void add_curves(const config::Scenario& scenario, std::span<const std::size_t> which,
                FleetSizers& sizers, FleetAnswer& answer, unsigned threads = 0);

}  // namespace fleetcast
