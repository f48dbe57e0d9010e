#pragma once

// The clock that the power limit leaves, as a share of the boost clock, and the energy it took.

#include "models/base/quantity.hpp"
#include "sim/engine/chip/spec.hpp"

namespace fleetcast::chip {

/// What SMs did at one clock, as energy at boost clock and voltage: of SMs and L2, which a clock
/// changes, and of HBM, which it does not.
struct Activity {
  Joules logic{}, memory{};
  double clock = 1.0;  ///< of boost, at which it was done
};

class Governor {
 public:
  Governor(const ChipSpec& spec, double clock)
      : limit_(spec.limit), idle_(spec.idle), window_(spec.made.power_window), clock_(clock) {}

  void add(const Activity& activity);
  /// What was added since the last call was done until now: the clock follows.
  void follow(Seconds now);
  [[nodiscard]] double clock() const { return clock_; }
  [[nodiscard]] Joules spent() const { return spent_; }
  /// The clock at which all that was done so far would hold the limit without end.
  [[nodiscard]] double sustained() const;

 private:
  /// Sums of activities: logic as if each had been done in its time at boost clock.
  struct Load {
    Joules logic_at_boost{}, memory{};
  };
  [[nodiscard]] double held(const Load& load, Seconds time) const;

  Watts limit_, idle_;
  Seconds window_, last_{};
  double clock_;
  Load recent_, all_;
  Joules spent_{};
};

}  // namespace fleetcast::chip
