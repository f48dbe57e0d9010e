#include "sim/cli/stop.hpp"

#include <signal.h>
#include <unistd.h>

namespace fleetcast::cli {
namespace {

std::atomic<int> came{0};
static_assert(std::atomic<int>::is_always_lock_free, "handlers may touch nothing else");

constexpr int kOfShells = 128;

void note(int signal) {
  if (came.exchange(signal) != 0) ::_exit(kOfShells + signal);
}

}  // namespace

StopSignals::StopSignals() {
  came = 0;
  interrupt_ = ::signal(SIGINT, note);
  terminate_ = ::signal(SIGTERM, note);
}

StopSignals::~StopSignals() {
  ::signal(SIGINT, interrupt_);
  ::signal(SIGTERM, terminate_);
}

const std::atomic<int>& StopSignals::signal() { return came; }

int StopSignals::exit_code() { return kOfShells + came; }

}  // namespace fleetcast::cli
