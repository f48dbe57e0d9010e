#pragma once

// Many simulated runs of a job: what `simulate --scale run` hands to the writers.

#include "sim/engine/run/job.hpp"
#include "sim/report/result.hpp"
#include "sim/run/run_statistics.hpp"

namespace fleetcast::report {

struct RunReport {
  EstimateResult step;  ///< whose step time is taken, and the closed form's answer
  JobSpec job;
  RunStatistics runs;
  std::uint64_t wanted = 0;  ///< runs asked for
  std::uint64_t seed = 1;
  double closed_form_days = 0;  ///< by renewal, of what it knows of
};

}  // namespace fleetcast::report
