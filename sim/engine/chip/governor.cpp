#include "sim/engine/chip/governor.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::chip {
namespace {

constexpr double kSlowest = 0.1;  // of the boost clock; no load of ours comes near it

}  // namespace

// Power of logic is f V^2, and voltage follows frequency (Horowitz, ISSCC 2014, 1.1): the cube of
// the clock in power, its square in the energy of an operation.
double Governor::held(const Load& load, Seconds time) const {
  const Watts left = limit_ - idle_ - load.memory / time;
  const Watts at_boost = load.logic_at_boost / time;
  if (left >= at_boost) return 1.0;
  return std::clamp(std::cbrt(left / at_boost), kSlowest, 1.0);
}

void Governor::add(const Activity& activity) {
  spent_ += activity.logic * (activity.clock * activity.clock) + activity.memory;
  for (Load* load : {&recent_, &all_}) {
    load->logic_at_boost += activity.logic / activity.clock;
    load->memory += activity.memory;
  }
}

void Governor::follow(Seconds now) {
  const Seconds time = now - last_;
  if (time <= Seconds{}) return;
  spent_ += idle_ * time;
  const double target = held(recent_, time);
  clock_ = target + (clock_ - target) * std::exp(-(time / window_));
  recent_ = {};
  last_ = now;
}

double Governor::sustained() const { return last_ > Seconds{} ? held(all_, last_) : 1.0; }

}  // namespace fleetcast::chip
