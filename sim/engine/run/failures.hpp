#pragma once

// Failures of a job, drawn: one stream a component, of the summed rate of all its GPUs.

#include <vector>

#include "sim/engine/random.hpp"
#include "sim/engine/run/job.hpp"

namespace fleetcast {

/// Exponential gaps, or a Weibull hazard over the fleet's age. A component's failures are the same
/// whatever the others are.
class RandomFailures final : public JobFailures {
 public:
  /// Requires: the spec outlives it.
  RandomFailures(const JobSpec& spec, std::uint64_t seed, std::uint64_t run);

  [[nodiscard]] JobFailure next() const override { return next_; }
  void advance() override;

 private:
  struct Source {
    const JobComponent* component;
    RandomStream random;
    double hazard = 0.0;  ///< cumulated until its next failure
    JobFailure failure;
  };
  static void draw(Source& source);
  void choose();

  std::vector<Source> sources_;
  JobFailure next_;
};

}  // namespace fleetcast
