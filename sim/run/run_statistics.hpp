#pragma once

// What many simulated runs of one job say together.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/engine/run/ensemble.hpp"

namespace fleetcast {

struct Spread {
  double p10 = 0, p50 = 0, p90 = 0, most = 0;
};

/// Means are over the runs; those that were given up count with the time until then.
struct RunStatistics {
  std::uint64_t runs = 0;
  std::uint64_t given_up = 0;
  double mean_days = 0;
  double mean_days_error = 0;  ///< standard error of the mean; 0 of a single run
  Spread days;
  double goodput = 0;                         ///< useful training over all time
  std::array<double, kJobParts> part_days{};  ///< adds up to mean_days
  std::vector<double> interruptions;          ///< by component
  double checkpoints = 0, maintenances = 0, resizes = 0, replaced_nodes = 0;
  Spread nodes_out;              ///< most nodes out of service at once
  std::uint64_t median_run = 0;  ///< whose length is nearest to p50
  double events = 0;             ///< of all runs

  [[nodiscard]] double days_in(JobPart part) const {
    return part_days[static_cast<std::size_t>(part)];
  }
  [[nodiscard]] double all_interruptions() const;
};

/// Depends on the order of the runs in no other way than their numbers do.
/// Requires: at least one run.
RunStatistics statistics_of(const JobSpec& spec, std::span<const NumberedOutcome> runs);

}  // namespace fleetcast
