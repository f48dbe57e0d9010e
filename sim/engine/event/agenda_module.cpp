#include "sim/engine/event/agenda_module.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

// The library's main() asks for it; nobody runs that.
int sc_main(int /*argc*/, char** /*argv*/) { return 0; }

namespace fleetcast::event {
namespace {

/// Events before this come before whatever else the kernel has to do.
Seconds next_activity() {
  if (sc_core::sc_pending_activity_at_current_time()) return from_sc_time(sc_core::sc_time_stamp());
  if (sc_core::sc_pending_activity_at_future_time())
    return from_sc_time(sc_core::sc_time_stamp() + sc_core::sc_time_to_pending_activity());
  return Seconds{std::numeric_limits<double>::infinity()};
}

}  // namespace

AgendaModule::AgendaModule(const sc_core::sc_module_name& name) : sc_module(name) {
  sc_core::sc_spawn_options method;
  method.spawn_method();
  method.set_sensitivity(&due_);
  sc_core::sc_spawn([this] { turn(); }, "turn", &method);
}

void AgendaModule::wake() {
  if (agenda.empty()) return;
  const Seconds wait = agenda.next() - from_sc_time(sc_core::sc_time_stamp());
  due_.notify(to_sc_time(std::max(wait, Seconds{})));
}

void AgendaModule::turn() {
  // What is due now goes before what others do next in the same instant.
  const Seconds now = from_sc_time(sc_core::sc_time_stamp());
  const Seconds after_now{std::nextafter(now.base(), std::numeric_limits<double>::infinity())};
  agenda.run(std::max(next_activity(), after_now), kQuantum);
  stopped = stopped || (options.stop != nullptr && *options.stop != 0);
  if (options.report) options.report({agenda.now(), agenda.handled()});
  if (!stopped) wake();
}

Kernel::Kernel(Seconds resolution) : previous_(sc_core::sc_curr_simcontext) {
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  // A coarse resolution moves a default unit that nothing of ours uses.
  sc_core::sc_report_handler::set_actions(sc_core::SC_ID_DEFAULT_TIME_UNIT_CHANGED_,
                                          sc_core::SC_DO_NOTHING);
  context_ = std::make_unique<sc_core::sc_simcontext>();
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context_.get();
  sc_core::sc_set_time_resolution(resolution.base(), sc_core::SC_SEC);
  module_ = std::make_unique<AgendaModule>("agenda");
}

Kernel::~Kernel() {
  module_.reset();
  context_.reset();
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = previous_;
}

Agenda& Kernel::agenda() { return module_->agenda; }

bool Kernel::run(const RunOptions& options) {
  module_->options = options;
  sc_core::sc_start();
  return !module_->stopped;
}

}  // namespace fleetcast::event
