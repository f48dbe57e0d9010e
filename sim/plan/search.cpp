#include "sim/plan/search.hpp"

#include <algorithm>
#include <chrono>

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast {
namespace {

/// A plan that could run, with a time it cannot beat.
struct Candidate {
  Plan plan;
  Seconds bound{};
};

struct Timed {
  Plan plan;
  Seconds time{};
};

bool is_complete(const config::PlanSpec& plan) { return plan.tp && plan.pp && plan.micro_batch; }

class Searcher {
 public:
  Searcher(const config::Scenario& scenario, const System& system, const Precision& precision,
           const SearchOptions& options)
      : scenario_(scenario),
        system_(system),
        options_(options),
        pricing_(pricing_of(scenario, system, precision, scenario.spec.training.global_batch)) {
    config::Scenario open = scenario;
    if (is_complete(scenario.spec.plan)) open.spec.plan = {};
    result_.space = space_of(open, system);
  }

  SearchResult run() {
    const auto begin = std::chrono::steady_clock::now();
    time_own_plan();
    collect();
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.bound < b.bound; });
    for (const Candidate& c : candidates_) price(c);
    rank();
    result_.counts.proven_optimal = !best_.empty();
    result_.counts.elapsed =
        Seconds{std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
    return std::move(result_);
  }

 private:
  /// Data-parallel degree and micro-batches that use the whole fleet; false when it does not
  /// divide.
  bool spread(Plan& plan) const {
    const int shape = plan.tp * plan.cp * plan.pp;
    const int fleet = static_cast<int>(scenario_.spec.gpus);
    if (fleet % shape != 0) return false;
    plan.dp = fleet / shape;
    const double unit = double(plan.dp) * plan.micro_batch;
    const Space& s = result_.space;
    const double batch = config::batch_near(s.global_batch, unit, s.batch_tolerance);
    plan.micro_batches = std::max(1, static_cast<int>(batch / unit));
    return true;
  }

  /// Time for the scenario's batch: plans whose batch was moved within the tolerance compare by it.
  [[nodiscard]] Seconds per_batch(const Plan& plan, Seconds step) const {
    return step * (result_.space.global_batch / plan.global_batch());
  }

  /// The pricing of a plan whose batch was moved within the tolerance.
  const Pricing& priced_as(const Plan& plan) {
    const Space& s = result_.space;
    const double unit = double(plan.dp) * plan.micro_batch;
    pricing_.job.global_batch = config::batch_near(s.global_batch, unit, s.batch_tolerance);
    return pricing_;
  }

  void refuse(const Misfit& misfit) {
    for (RefusedPlans& r : result_.counts.refused)
      if (r.reason == misfit.reason->key) {
        ++r.count;
        return;
      }
    result_.counts.refused.push_back({misfit.reason->key, 1, misfit});
  }

  void collect() {
    const Transformer& model = scenario_.model;
    for_each_layer_shape(result_.space, [&](const Plan& layer) {
      for_each_pipeline(result_.space, model, layer, [&](Plan plan) {
        if (!spread(plan)) return;
        ++result_.counts.plans;
        MemoryUse memory;
        const Misfit misfit = check_plan(priced_as(plan), plan, workspace_, memory);
        if (!misfit.fits()) return refuse(misfit);
        candidates_.push_back(
            {plan, per_batch(plan, step_time_bound(workspace_.step, workspace_.engine))});
      });
    });
  }

  /// Plans that can neither be among the ranked nor faster than the scenario's own are left out.
  [[nodiscard]] bool hopeless(Seconds bound) const {
    const bool full = static_cast<int>(best_.size()) >= options_.keep;
    return full && bound > std::max(best_.back().time, own_time_);
  }

  void price(const Candidate& c) {
    if (hopeless(c.bound)) {
      ++result_.counts.pruned;
      return;
    }
    ++result_.counts.priced;
    lower(priced_as(c.plan), c.plan, workspace_.programs, workspace_.step);
    const Seconds time = per_batch(c.plan, step_time(workspace_.step, workspace_.engine));
    if (time < own_time_) ++faster_than_own_;
    const auto place = std::upper_bound(best_.begin(), best_.end(), time,
                                        [](Seconds t, const Timed& b) { return t < b.time; });
    best_.insert(place, {c.plan, time});
    if (static_cast<int>(best_.size()) > options_.keep) best_.pop_back();
  }

  void time_own_plan() {
    if (!is_complete(scenario_.spec.plan)) return;
    const Plan own = config::fixed_plan(scenario_).plan;
    result_.own = estimate(priced_as(own), own, run_of(scenario_, system_, own), workspace_);
    if (result_.own.misfit.fits()) own_time_ = per_batch(own, result_.own.timeline.step_time);
  }

  void rank() {
    for (const Timed& t : best_)
      result_.ranked.push_back(
          estimate(priced_as(t.plan), t.plan, run_of(scenario_, system_, t.plan), workspace_));
    if (own_time_ <= Seconds{} || best_.empty()) return;
    result_.own_rank = 1 + faster_than_own_;
    result_.own_ratio = own_time_ / best_.front().time;
  }

  const config::Scenario& scenario_;
  const System& system_;
  SearchOptions options_;
  Pricing pricing_;
  PlanWorkspace workspace_;
  SearchResult result_;
  std::vector<Candidate> candidates_;
  std::vector<Timed> best_;  ///< ascending, at most options_.keep
  Seconds own_time_{};
  int faster_than_own_ = 0;
};

}  // namespace

SearchResult search(const config::Scenario& scenario, const System& system,
                    const Precision& precision, const SearchOptions& options) {
  return Searcher(scenario, system, precision, options).run();
}

}  // namespace fleetcast
