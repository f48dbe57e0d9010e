#include "sim/engine/step/fair_share.hpp"

#include <algorithm>
#include <limits>

namespace fleetcast::step {
namespace {

constexpr double kUndecided = -1.0;
// Flows whose limits differ by rounding only are decided together.
constexpr double kRounding = 1.0 + 1e-12;

}  // namespace

void FairShare::clear() {
  left_.clear();
  growing_.clear();
  uses_.clear();
  flows_.clear();
}

std::int32_t FairShare::add_link(double capacity) {
  left_.push_back(capacity);
  growing_.push_back(0.0);
  return static_cast<std::int32_t>(left_.size()) - 1;
}

void FairShare::add_flow(std::span<const Use> uses, double most) {
  double widest = 0.0;
  for (const Use& use : uses) widest = std::max(widest, use.share);
  flows_.push_back({uses_.size(), uses_.size() + uses.size(), most, 1.0 / widest});
  uses_.insert(uses_.end(), uses.begin(), uses.end());
  for (const Use& use : uses) growing_[static_cast<std::size_t>(use.link)] += use.share / widest;
}

/// At which it stops to grow.
double FairShare::level_of(const Flow& flow) const {
  double level = flow.most / flow.weight;
  for (std::size_t i = flow.first; i < flow.end; ++i) {
    const auto link = static_cast<std::size_t>(uses_[i].link);
    level = std::min(level, left_[link] / growing_[link]);
  }
  return std::max(level, 0.0);
}

void FairShare::decide(std::size_t flow, double level) {
  const Flow& f = flows_[flow];
  speed_[flow] = std::min(level * f.weight, f.most);
  for (std::size_t i = f.first; i < f.end; ++i) {
    const auto link = static_cast<std::size_t>(uses_[i].link);
    left_[link] -= speed_[flow] * uses_[i].share;
    growing_[link] -= f.weight * uses_[i].share;
  }
}

std::span<const double> FairShare::solve() {
  speed_.assign(flows_.size(), kUndecided);
  level_.resize(flows_.size());
  for (std::size_t undecided = flows_.size(); undecided > 0;) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      if (speed_[f] != kUndecided) continue;
      level_[f] = level_of(flows_[f]);
      least = std::min(least, level_[f]);
    }
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      if (speed_[f] != kUndecided || level_[f] > least * kRounding) continue;
      decide(f, least);
      --undecided;
    }
  }
  return speed_;
}

}  // namespace fleetcast::step
