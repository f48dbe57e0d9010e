#pragma once

// The clock that the power limit leaves, as a share of the boost clock, and the energy it took.

#include "models/base/quantity.hpp"
#include "sim/engine/chip/spec.hpp"

namespace fleetcast::chip {

/// Energy at boost clock and voltage: of SMs and L2, which the clock changes, and of HBM, which it
/// does not.
struct Activity {
  Joules logic{}, memory{};

  Activity& operator+=(const Activity& other) {
    logic += other.logic;
    memory += other.memory;
    return *this;
  }
};

class Governor {
 public:
  Governor(const ChipSpec& spec, double clock)
      : limit_(spec.limit), idle_(spec.idle), window_(spec.made.power_window), clock_(clock) {}

  void add(const Activity& activity);
  /// What was added since the last call was spent until now: the clock follows.
  void follow(Seconds now);
  [[nodiscard]] double clock() const { return clock_; }
  [[nodiscard]] Joules spent() const { return spent_; }
  /// The clock at which all that happened so far would hold the limit without end.
  [[nodiscard]] double sustained() const;

 private:
  Watts limit_, idle_;
  Seconds window_, last_{};
  double clock_;
  Seconds clocked_{};  ///< integral of the clock
  Activity recent_, all_;
  Joules spent_{};
};

/// The clock at which an activity that took `time` at `clock` holds the limit, at most 1.
double sustained_clock(const Activity& activity, Seconds time, double clock, Watts limit,
                       Watts idle);

}  // namespace fleetcast::chip
