#pragma once

// The event loop with nothing to do but go on (each actor's event brings about its next one after a
// pseudo-random delay of up to 1 us), a collective, a training step.

#include <cstdint>

#include "sim/plan/pricing.hpp"
#include "sim/step/traffic.hpp"

namespace fleetcast::bench {

/// Under SystemC's clock. Returns how many events were handled: `events`, or a few more.
std::uint64_t run_agenda(std::uint32_t actors, std::uint64_t events);
/// The same on a std::priority_queue with a virtual call an event, and no clock.
std::uint64_t run_priority_queue(std::uint32_t actors, std::uint64_t events);

/// A ring all-reduce of 1 GB on H100s, message by message; returns the messages.
std::uint64_t run_ring(int ranks);

/// A training step of Llama 3.1 405B as published, on so many of its columns of 128 GPUs.
class SimulatedStep {
 public:
  explicit SimulatedStep(int columns, int micro_batches = 16);
  /// Returns the events. Folded: one column stands for all.
  std::uint64_t run(bool folded);

 private:
  config::Scenario scenario_;
  Pricing pricing_;
  ProgramCache programs_;
  Step step_;
  StepTraffic traffic_;
};

}  // namespace fleetcast::bench
