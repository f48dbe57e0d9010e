#pragma once

// Many runs of one job, on several processes: SystemC simulates one thing at a time in each.

#include <atomic>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <vector>

#include "sim/engine/run/job.hpp"

namespace fleetcast {

struct EnsembleProgress {
  std::uint64_t done = 0, total = 0;
  std::chrono::steady_clock::duration elapsed{};
};

struct EnsembleOptions {
  std::uint64_t runs = 1;
  unsigned processes = 1;  ///< outcomes are the same whatever it is
  std::uint64_t seed = 1;
  const std::atomic<int>* stop = nullptr;                 ///< not zero: end early
  std::function<void(const EnsembleProgress&)> progress;  ///< some times a second; may be empty
};

/// Run `run` of the ensemble's seed.
struct NumberedOutcome {
  std::uint64_t run = 0;
  JobOutcome outcome;
};

/// A process that simulates did not come to its end: "killed by signal 9 after 3 of 250 runs".
class WorkerLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// By number of the run; fewer than asked for when stopped. No process of it is left behind.
/// Requires: no other thread of this process holds a lock that a simulation takes.
/// Throws: WorkerLost, std::system_error where processes cannot be started.
std::vector<NumberedOutcome> simulate_jobs(const JobSpec& spec, const EnsembleOptions& options);

}  // namespace fleetcast
