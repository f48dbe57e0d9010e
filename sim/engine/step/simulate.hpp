#pragma once

// The event engine at the scale of a step: plays what the analytic engine plays, on ranks and links
// of their own. With contention and noise off both take the same time, to rounding; a contract test
// holds them together.

#include "models/cost/system.hpp"
#include "sim/engine/analytic.hpp"
#include "sim/engine/event/kernel.hpp"
#include "sim/engine/observer.hpp"
#include "sim/engine/step/bounds.hpp"
#include "sim/engine/step/flows.hpp"
#include "sim/engine/step/noise.hpp"

namespace fleetcast::step {

struct Options {
  /// Exchanges share links max-min fairly. Off: each takes its price, however many there are.
  bool contention = true;
  /// Data-parallel columns, which do the same, are played as one. Exact where they are alike: no
  /// noise, no block with fewer neighbours below its switch than another.
  bool folded = true;
  Noise noise;
  /// Share of each tier's links that other tenants ask for; they get no more than a fair one.
  std::array<double, kMaxTiers> tenants{};
};

/// What of the hardware a step is played on.
struct Fabrics {
  const Network* network = nullptr;
  std::array<double, kMaxTiers> oversubscription{1, 1, 1, 1, 1, 1};
};

/// Those of a cluster. Requires: `system` outlives them.
Fabrics fabrics_of(const System& system);

struct StageUse {
  Seconds worked{};      ///< in slots, mean over its ranks
  Seconds in_transit{};  ///< waited for what was on its way
  Seconds waited{};      ///< for other stages, until the pipeline's end
};

struct Simulated {
  Timeline timeline;
  Bounds bounds;
  SharingDelay delay{};  ///< of exchanges that could meet others
  std::vector<StageUse> stages;
  int ranks = 0, blocks = 0;
  std::uint64_t events = 0;
  int outages = 0;       ///< of links
  bool finished = true;  ///< false: stopped early; the rest means nothing
};

/// Whether a plan is small enough to be numbered.
Misfit admits(const Plan& plan);

/// An observer sees one column of the pipeline, task by task.
/// Requires: admits(step.plan); step and traffic lowered from one pricing and plan; options.folded
/// without noise that makes ranks unequal.
Simulated simulate(const Step& step, const StepTraffic& traffic, const Fabrics& fabrics,
                   const Options& options, const event::RunOptions& run = {},
                   Observer* observer = nullptr);

}  // namespace fleetcast::step
