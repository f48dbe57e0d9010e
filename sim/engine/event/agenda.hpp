#pragma once

// The event loop of all three scales, without its clock: who handles what, and in which order.
// SystemC is the clock (agenda_module.hpp).

#include <atomic>
#include <vector>

#include "sim/engine/event/event_queue.hpp"

namespace fleetcast::event {

/// What events happen to: one for many actors of a kind, so that thousands of them cost no object
/// each.
class Process {
 public:
  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  virtual ~Process() = default;
  virtual void handle(const Event& event) = 0;
};

class Agenda {
 public:
  /// Events of process `number` go to it, whatever the order in which processes come.
  /// Requires: number < kMostProcesses, not taken; `process` outlives the agenda's use.
  void add(std::uint32_t number, Process& process);

  /// Requires: at >= now().
  void post(Seconds at, std::uint32_t process, std::uint32_t actor, std::uint32_t what = 0) {
    queue_.push(make_event(at, process, actor, what));
  }

  [[nodiscard]] Seconds now() const { return now_; }
  [[nodiscard]] bool empty() const { return stopped_ || queue_.empty(); }
  /// Time of the next event. Requires: not empty().
  [[nodiscard]] Seconds next() { return queue_.top().at; }
  [[nodiscard]] std::uint64_t handled() const { return handled_; }
  /// Nothing happens any more.
  void stop() { stopped_ = true; }
  void reserve(std::size_t events) { queue_.reserve(events); }

  /// Handles events before `horizon`, those they bring about included, but no more than `most`.
  void run(Seconds horizon, std::uint64_t most);

 private:
  EventQueue queue_;
  std::vector<Process*> processes_;
  Seconds now_{};
  std::uint64_t handled_ = 0;
  bool stopped_ = false;
};

}  // namespace fleetcast::event
