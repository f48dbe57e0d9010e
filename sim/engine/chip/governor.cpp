#include "sim/engine/chip/governor.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::chip {
namespace {

constexpr double kSlowest = 0.1;  // of the boost clock; no load of ours comes near it

}  // namespace

// Power of logic is f V^2, and voltage follows frequency (Horowitz, ISSCC 2014, 1.1): the cube of
// the clock in power, its square in the energy of an operation.
double sustained_clock(const Activity& activity, Seconds time, double clock, Watts limit,
                       Watts idle) {
  const Watts left = limit - idle - activity.memory / time;
  const Watts at_boost = activity.logic / (time * clock);
  if (left >= at_boost) return 1.0;
  return std::clamp(std::cbrt(left / at_boost), kSlowest, 1.0);
}

void Governor::add(const Activity& activity) {
  recent_ += activity;
  all_ += activity;
}

double Governor::sustained() const {
  if (last_ <= Seconds{}) return 1.0;
  return sustained_clock(all_, last_, clocked_ / last_, limit_, idle_);
}

void Governor::follow(Seconds now) {
  const Seconds time = now - last_;
  if (time <= Seconds{}) return;
  spent_ += recent_.logic * (clock_ * clock_) + recent_.memory + idle_ * time;
  clocked_ += time * clock_;
  const double target = sustained_clock(recent_, time, clock_, limit_, idle_);
  clock_ = target + (clock_ - target) * std::exp(-(time / window_));
  recent_ = {};
  last_ = now;
}

}  // namespace fleetcast::chip
