#include "sim/plan/fitting.hpp"

namespace fleetcast {
namespace {

/// Of each part.
StageStates lesser_of(const StageStates& a, const StageStates& b) {
  return {std::min(a.weights, b.weights),
          std::min(a.gradients, b.gradients),
          std::min(a.optimizer, b.optimizer),
          std::min(a.gathered, b.gathered),
          std::min(a.gathered_at_loss, b.gathered_at_loss),
          std::min(a.at_step, b.at_step),
          std::min(a.buffers, b.buffers)};
}

}  // namespace

void Fitting::place(const Space& space, const Pricing& pricing, const Plan& pipeline,
                    PlanWorkspace& workspace) {
  place_layers(pricing, pipeline, workspace.programs, placed_);
  if (policies_chunks_ != pipeline.pp * pipeline.vp) {
    policies_ = recompute_for(space, *pricing.job.model, pipeline);
    policies_chunks_ = pipeline.pp * pipeline.vp;
  }
  flights_.clear();
  for (const int stage : placed_.layout->fullest)
    flights_.push_back(flight_of_stage(pricing, placed_, stage));
}

void Fitting::count_activations(const Pricing& pricing) {
  in_flight_.clear();
  for (std::size_t i = 0; i < policies_.size(); ++i) {
    const LayerMemories kept = activations_->of(i, policies_[i], pricing, placed_.plan);
    for (const StageFlight& flight : flights_) in_flight_.push_back(activations_of(flight, kept));
  }
}

Bytes Fitting::memory_with(std::size_t policy, const Stack& stack) const {
  Bytes most{};
  for (std::size_t s = 0; s < states_.size(); ++s) {
    const StageActivations& activations = in_flight_[policy * states_.size() + s];
    most = std::max(most, memory_of_stage(states_[s], activations, stack).total());
  }
  return most;
}

void Fitting::count_states(const Pricing& pricing, const Plan& plan) {
  placed_.plan = plan;
  states_.clear();
  for (const int stage : placed_.layout->fullest)
    states_.push_back(states_of_stage(pricing, placed_, stage));
}

/// All replicas share: no shard group holds less, nor do fewer replicas, which other groups divide.
void Fitting::count_thriftiest(const Space& space, const Pricing& pricing, Plan plan) {
  thriftiest_.clear();
  plan.shard_group = 0;
  for (const int zero : space.zero) {
    plan.zero = zero;
    count_states(pricing, plan);
    if (thriftiest_.empty()) thriftiest_ = states_;
    for (std::size_t s = 0; s < states_.size(); ++s)
      thriftiest_[s] = lesser_of(thriftiest_[s], states_[s]);
  }
  states_ = thriftiest_;
}

/// Whether it recomputes all that another does which fits.
bool Fitting::is_needless(std::size_t policy) const {
  return std::any_of(least_.begin(), least_.end(), [&](std::size_t other) {
    return recomputes_all_of(policies_[policy], policies_[other]);
  });
}

Fitting::Missing Fitting::choose(const Pricing& pricing) {
  const Bytes usable = pricing.system->gpu.memory_usable;
  least_.clear();
  Missing missing;
  for (std::size_t i = 0; i < policies_.size(); ++i) {
    if (is_needless(i)) continue;
    const Bytes needed = memory_with(i, *pricing.stack);
    if (needed <= usable) {
      least_.push_back(i);
      continue;
    }
    ++missing.count;
    missing.needed = std::min(missing.needed, needed);
  }
  return missing;
}

/// As choose(), but only whether a policy fits: the stage that the last one was too big for comes
/// first.
void Fitting::choose_any(const Pricing& pricing) {
  const Bytes usable = pricing.system->gpu.memory_usable;
  least_.clear();
  std::size_t fullest = 0;
  for (std::size_t i = 0; i < policies_.size(); ++i) {
    if (is_needless(i)) continue;
    const LayerMemories kept = activations_->of(i, policies_[i], pricing, placed_.plan);
    const auto fits_on = [&](std::size_t s) {
      const StageActivations activations = activations_of(flights_[s], kept);
      return memory_of_stage(states_[s], activations, *pricing.stack).total() <= usable;
    };
    if (!fits_on(fullest)) continue;
    std::size_t s = 0;
    while (s < states_.size() && (s == fullest || fits_on(s))) ++s;
    if (s == states_.size())
      least_.push_back(i);
    else
      fullest = s;
  }
}

}  // namespace fleetcast
