#include "sim/engine/event/agenda.hpp"

#include <cassert>

namespace fleetcast::event {

void Agenda::add(std::uint32_t number, Process& process) {
  assert(number < kMostProcesses);
  if (number >= processes_.size()) processes_.resize(number + 1, nullptr);
  assert(processes_[number] == nullptr);
  processes_[number] = &process;
}

void Agenda::run(Seconds horizon, std::uint64_t most) {
  const std::uint64_t end = handled_ + most;
  while (!empty() && handled_ < end && queue_.top().at < horizon) {
    const Event event = queue_.pop();
    assert(event.at >= now_);
    now_ = event.at;
    ++handled_;
    processes_[event.process()]->handle(event);
  }
}

}  // namespace fleetcast::event
