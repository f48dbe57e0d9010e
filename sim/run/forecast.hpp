#pragma once

// From one step to a whole run: days, failures, energy, money.

#include "models/base/quantity.hpp"
#include "models/hardware/cluster.hpp"
#include "models/hardware/gpu.hpp"
#include "sim/engine/analytic.hpp"

namespace fleetcast {

/// What the run consists of.
struct RunInput {
  double tokens = 0;  ///< to train on
  double tokens_per_step = 0;
  double gpus = 0;        ///< of the job
  double fleet_gpus = 0;  ///< bought or rented: whole nodes or domains, spares included
  DollarsPerJoule electricity{};
  GramsPerJoule carbon{};
  Seconds lifetime{};      ///< purchase is written off over this
  double ratio_p10 = 1.0;  ///< measured over predicted step time of validated rows, 10th percentile
  double ratio_p90 = 1.0;
};

/// A run that trains through failures.
struct Forecast {
  double steps = 0;
  double days = 0;  ///< expected
  double p10_days = 0, p90_days = 0;
  Seconds p10_step{}, p90_step{};
  double goodput = 0;             ///< share of time that ends up in the model
  Seconds checkpoint_interval{};  ///< Young/Daly optimum
  Seconds interruption_mean{};    ///< mean time between interruptions; 0: nothing fails
  double interruptions = 0;
  double gpu_hours = 0;
  Watts power{};  ///< mean, facility
  Joules energy{};
  Dollars cost{};  ///< rental, middle of the range
  Dollars cost_low{}, cost_high{};
  Dollars capital{};     ///< purchase of the fleet, middle of the range
  Dollars owned_cost{};  ///< purchase written off over its lifetime, and electricity
  Dollars electricity{};
  Grams carbon{};
};

Forecast forecast(const Timeline& step, const Cluster& cluster, const Gpu& gpu,
                  const RunInput& run);

/// Share of time that is useful work under failures: Young 1974, Daly 2006 (FGCS 22(3)).
/// `mtbf` of the whole job; 1 when nothing fails.
struct Goodput {
  double share = 1.0;
  Seconds interval{};  ///< between checkpoints; 0: none needed, or they cost nothing
};
Goodput best_goodput(Seconds mtbf, Seconds checkpoint, Seconds restart);

/// The same share with a checkpoint behind each `work`. Requires: mtbf and work above 0.
double goodput_at(Seconds mtbf, Seconds work, Seconds checkpoint, Seconds restart);

}  // namespace fleetcast
