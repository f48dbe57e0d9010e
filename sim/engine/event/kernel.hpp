#pragma once

// One SystemC simulation (IEEE 1666): a kernel of its own, its clock, and the modules that are
// built while it lives. One at a time in a process.

#include <atomic>
#include <functional>
#include <memory>

#include "sim/engine/event/agenda.hpp"

namespace sc_core {
class sc_simcontext;
}

namespace fleetcast::event {

class AgendaModule;

/// How far a simulation is.
struct Progress {
  Seconds simulated{};
  std::uint64_t events = 0;
};

struct RunOptions {
  const std::atomic<int>* stop = nullptr;       ///< not zero: end early
  std::function<void(const Progress&)> report;  ///< called now and then; may be empty
};

/// A fresh kernel while it lives; whatever SystemC modules the simulation needs are built between
/// its construction and run().
class Kernel {
 public:
  /// SystemC's clock counts `resolution` in 64 bits, which end after 213 days of picoseconds: take
  /// a coarser one for longer runs. Our own events are at double-precision times whatever it is.
  /// Requires: a power of ten of a second, from 1 fs to 1 s; no other Kernel alive.
  explicit Kernel(Seconds resolution = Seconds{1e-12});
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  ~Kernel();

  [[nodiscard]] Agenda& agenda();
  /// Until nothing is left to happen, on the agenda and among SystemC's own processes. Once.
  /// Returns whether it came to its end, and was not stopped.
  bool run(const RunOptions& options = {});

 private:
  sc_core::sc_simcontext* previous_;
  std::unique_ptr<sc_core::sc_simcontext> context_;
  std::unique_ptr<AgendaModule> module_;
};

}  // namespace fleetcast::event
