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
  open_.clear();
  uses_.clear();
  flows_.clear();
}

std::int32_t FairShare::add_link(double capacity) {
  left_.push_back(capacity);
  open_.push_back(0);
  return static_cast<std::int32_t>(left_.size()) - 1;
}

void FairShare::add_flow(std::span<const Use> uses) {
  flows_.push_back({uses_.size(), uses_.size() + uses.size()});
  uses_.insert(uses_.end(), uses.begin(), uses.end());
  for (const Use& use : uses) ++open_[static_cast<std::size_t>(use.link)];
}

double FairShare::limit_of(const Flow& flow) const {
  double limit = std::numeric_limits<double>::infinity();
  for (std::size_t i = flow.first; i < flow.end; ++i) {
    const auto link = static_cast<std::size_t>(uses_[i].link);
    limit = std::min(limit, left_[link] / (open_[link] * uses_[i].share));
  }
  return std::max(limit, 0.0);
}

// In each round the flows with the least equal share of their tightest link are decided, and what
// they leave of their other links goes to the rest.
std::span<const double> FairShare::solve() {
  speed_.assign(flows_.size(), kUndecided);
  limit_.resize(flows_.size());
  for (std::size_t undecided = flows_.size(); undecided > 0;) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      if (speed_[f] != kUndecided) continue;
      limit_[f] = limit_of(flows_[f]);
      least = std::min(least, limit_[f]);
    }
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      if (speed_[f] != kUndecided || limit_[f] > least * kRounding) continue;
      speed_[f] = least;
      --undecided;
      for (std::size_t i = flows_[f].first; i < flows_[f].end; ++i) {
        const auto link = static_cast<std::size_t>(uses_[i].link);
        left_[link] -= least * uses_[i].share;
        --open_[link];
      }
    }
  }
  return speed_;
}

}  // namespace fleetcast::step
