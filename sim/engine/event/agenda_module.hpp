#pragma once

// The agenda under SystemC's clock, for modules that bind to it. Includes systemc: for the .cpp of
// modules only.

#include <systemc>

#include "sim/engine/event/kernel.hpp"

namespace fleetcast::event {

inline sc_core::sc_time to_sc_time(Seconds t) { return {t.base(), sc_core::SC_SEC}; }
inline Seconds from_sc_time(const sc_core::sc_time& t) { return Seconds{t.to_seconds()}; }

/// Runs the agenda's events in turns: all that come before anything else in the SystemC kernel is
/// due (temporal decoupling, IEEE 1666-2011, 12.1), up to a quantum, after which the clock catches
/// up.
class AgendaModule : public sc_core::sc_module {
 public:
  static constexpr std::uint64_t kQuantum = 4096;  ///< events of a turn, at most

  explicit AgendaModule(const sc_core::sc_module_name& name);

  Agenda agenda;
  RunOptions options;
  bool stopped = false;

  /// For SystemC processes that put something on the agenda: it may be due before the next turn.
  void wake();

 private:
  void turn();
  sc_core::sc_event due_{"due"};
};

}  // namespace fleetcast::event
