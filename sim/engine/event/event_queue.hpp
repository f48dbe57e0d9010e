#pragma once

// What will happen, in order of time: a 4-ary heap of 16-byte events. Its inner loop is that of a
// plain priority queue; the SystemC kernel sees one process (agenda_module.hpp) instead of one an
// actor, whose own queue takes 0.4 us an event at 4,096 actors.

#include <bit>
#include <cstdint>
#include <vector>

#include "models/base/quantity.hpp"

namespace fleetcast::event {

/// At the same time, the lower process goes first, then the lower actor, then the lower `what`: an
/// order that does not depend on who was built or who asked first.
struct Event {
  Seconds at{};  ///< not negative
  std::uint64_t key = 0;

  [[nodiscard]] std::uint32_t process() const { return static_cast<std::uint32_t>(key >> 56); }
  [[nodiscard]] std::uint32_t actor() const { return (key >> 24) & 0xffffffffU; }
  [[nodiscard]] std::uint32_t what() const { return key & 0xffffffU; }

  friend bool operator==(const Event&, const Event&) = default;
};

inline constexpr std::uint32_t kMostProcesses = 1U << 8;
inline constexpr std::uint32_t kMostWhats = 1U << 24;

/// Requires: process < kMostProcesses, what < kMostWhats.
constexpr Event make_event(Seconds at, std::uint32_t process, std::uint32_t actor,
                           std::uint32_t what = 0) {
  return {at, std::uint64_t{process} << 56 | std::uint64_t{actor} << 24 | what};
}

class EventQueue {
 public:
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::size_t size() const { return heap_.size() - (hole_ ? 1 : 0); }
  void reserve(std::size_t events) { heap_.reserve(events); }

  void push(const Event& event) {
    if (hole_) {
      hole_ = false;
      sink(event, heap_.size());
      return;
    }
    heap_.push_back(event);
    rise(event);
  }

  /// Requires: not empty.
  [[nodiscard]] const Event& top() {
    fill();
    return heap_.front();
  }
  /// The hole it leaves is filled by the next push, as most events bring about one other.
  Event pop() {
    fill();
    hole_ = true;
    return heap_.front();
  }

 private:
  __extension__ using Order = unsigned __int128;
  /// Times are not negative, and so ordered as their bits are: one comparison without a branch.
  static Order order_of(const Event& e) {
    return Order{std::bit_cast<std::uint64_t>(e.at.base())} << 64 | e.key;
  }

  void fill() {
    if (!hole_) return;
    hole_ = false;
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(last, heap_.size());
  }

  void rise(const Event& event) {
    std::size_t i = heap_.size() - 1;
    const Order order = order_of(event);
    while (i > 0) {
      const std::size_t parent = (i - 1) / 4;
      if (order_of(heap_[parent]) <= order) break;
      heap_[i] = heap_[parent];
      i = parent;
    }
    heap_[i] = event;
  }

  void sink(const Event& event, std::size_t size) {
    std::size_t i = 0;
    const Order order = order_of(event);
    for (std::size_t child = 1; child < size; child = 4 * i + 1) {
      std::size_t least = child;
      Order least_order = order_of(heap_[child]);
      const std::size_t end = child + 4 < size ? child + 4 : size;
      for (std::size_t c = child + 1; c < end; ++c) {
        const Order c_order = order_of(heap_[c]);
        const bool less = c_order < least_order;
        least = less ? c : least;
        least_order = less ? c_order : least_order;
      }
      if (order <= least_order) break;
      heap_[i] = heap_[least];
      i = least;
    }
    heap_[i] = event;
  }

  std::vector<Event> heap_;
  bool hole_ = false;  ///< at the top: popped, not yet filled
};

}  // namespace fleetcast::event
