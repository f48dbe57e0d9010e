#include "sim/plan/remedy.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

constexpr std::array kFactors{2, 4, 8, 16, 32, 64};

class Trials {
 public:
  Trials(const Pricing& pricing, PlanWorkspace& workspace)
      : pricing_(pricing), workspace_(workspace) {}

  /// Keeps the plan when it divides the batch and fits.
  bool take(std::string change, Plan plan) {
    const double batches = pricing_.job.global_batch / (double(plan.dp) * plan.micro_batch);
    if (batches < 1.0 || batches != std::floor(batches)) return false;
    plan.micro_batches = static_cast<int>(batches);
    MemoryUse memory;
    if (!check_plan(pricing_, plan, workspace_, memory).fits()) return false;
    found_.push_back({std::move(change), plan, memory.total()});
    return true;
  }

  std::vector<Remedy> sorted() {
    std::stable_sort(found_.begin(), found_.end(), [](const Remedy& a, const Remedy& b) {
      return a.plan.gpus() < b.plan.gpus();
    });
    return std::move(found_);
  }

  [[nodiscard]] bool none() const { return found_.empty(); }

 private:
  const Pricing& pricing_;
  PlanWorkspace& workspace_;
  std::vector<Remedy> found_;
};

void try_settings(const Plan& plan, Trials& trials) {
  if (plan.micro_batch > 1) {
    Plan smaller = plan;
    smaller.micro_batch = 1;
    trials.take("micro_batch 1", smaller);
  }
  for (const char* key : {"selective", "full"}) {
    Plan again = plan;
    again.recompute = find_recompute(key)->value;
    if (again.recompute != plan.recompute && trials.take("recompute " + std::string(key), again))
      break;
  }
  for (int zero = plan.zero + 1; zero <= 3 && plan.dp * plan.cp > 1; ++zero) {
    Plan sharded = plan;
    sharded.zero = zero;
    if (trials.take("zero " + std::to_string(zero), sharded)) break;
  }
}

/// Multiplies one size, taking the GPUs from data parallelism where it divides.
void try_sizes(const Plan& plan, Trials& trials) {
  struct Size {
    const char* key;
    int Plan::*size;
  };
  for (const Size& s :
       {Size{"tp", &Plan::tp}, {"cp", &Plan::cp}, {"pp", &Plan::pp}, {"ep", &Plan::ep}})
    for (const int factor : kFactors) {
      Plan wider = plan;
      wider.*s.size *= factor;
      std::string change = std::string(s.key) + " " + std::to_string(wider.*s.size);
      if (s.size != &Plan::ep && plan.dp % factor == 0) {
        wider.dp /= factor;
        change += ", dp " + std::to_string(wider.dp);
      }
      if (trials.take(std::move(change), wider)) break;
    }
}

/// One replica, as small as it goes: ranks of experts are those of tensor and data parallelism.
void try_smallest(const Plan& plan, Trials& trials) {
  Plan best;
  for (const int tp : {1, 2, 4, 8})
    for (const int ep : {1, 2, 4, 8, 16, 32, 64})
      for (const int pp : {1, 2, 4, 8, 16, 32, 64}) {
        Plan small = plan;
        small.tp = tp, small.ep = ep, small.pp = pp, small.cp = small.etp = small.vp = 1;
        small.dp = std::max(1, ep / tp);
        small.micro_batch = 1;
        small.schedule = &kOneFOneB;
        small.recompute = find_recompute("full")->value;
        if (best.gpus() > 1 && small.gpus() >= best.gpus()) continue;
        const std::string change = "tp " + std::to_string(tp) + ", pp " + std::to_string(pp) +
                                   (ep > 1 ? ", ep " + std::to_string(ep) : "") +
                                   ", recompute full";
        if (trials.take(change, small)) best = small;
      }
}

}  // namespace

std::vector<Remedy> remedies(const Pricing& pricing, const Plan& plan, PlanWorkspace& workspace) {
  Trials singles(pricing, workspace);
  try_settings(plan, singles);
  try_sizes(plan, singles);
  if (!singles.none()) return singles.sorted();
  Trials replicas(pricing, workspace);
  try_smallest(plan, replicas);
  std::vector<Remedy> found = replicas.sorted();
  if (found.size() > 1) found.resize(1);
  return found;
}

}  // namespace fleetcast
