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

void FairShare::add_flow(std::span<const Use> uses, double most) {
  flows_.push_back({uses_.size(), uses_.size() + uses.size(), most});
  uses_.insert(uses_.end(), uses.begin(), uses.end());
  for (const Use& use : uses) ++open_[static_cast<std::size_t>(use.link)];
}

/// An equal share of its tightest link.
double FairShare::limit_of(const Flow& flow) const {
  double limit = std::numeric_limits<double>::infinity();
  for (std::size_t i = flow.first; i < flow.end; ++i) {
    const auto link = static_cast<std::size_t>(uses_[i].link);
    limit = std::min(limit, left_[link] / (open_[link] * uses_[i].share));
  }
  return std::max(limit, 0.0);
}

void FairShare::decide(std::size_t flow, double speed) {
  speed_[flow] = speed;
  for (std::size_t i = flows_[flow].first; i < flows_[flow].end; ++i) {
    const auto link = static_cast<std::size_t>(uses_[i].link);
    left_[link] -= speed * uses_[i].share;
    --open_[link];
  }
}

// In each round those are decided that want no more than an equal share of each link; if there are
// none, those with the least share of their tightest link. What they leave goes to the rest.
std::span<const double> FairShare::solve() {
  speed_.assign(flows_.size(), kUndecided);
  limit_.resize(flows_.size());
  for (std::size_t undecided = flows_.size(); undecided > 0;) {
    double least = std::numeric_limits<double>::infinity();
    bool content = false;
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      if (speed_[f] != kUndecided) continue;
      limit_[f] = limit_of(flows_[f]);
      content = content || flows_[f].most <= limit_[f];
      least = std::min(least, limit_[f]);
    }
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      if (speed_[f] != kUndecided) continue;
      if (content ? flows_[f].most > limit_[f] : limit_[f] > least * kRounding) continue;
      decide(f, content ? flows_[f].most : least);
      --undecided;
    }
  }
  return speed_;
}

}  // namespace fleetcast::step
