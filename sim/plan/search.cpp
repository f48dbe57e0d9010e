#include "sim/plan/search.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/candidates.hpp"
#include "sim/plan/parallel.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast {
namespace {

bool is_complete(const config::PlanSpec& plan) { return plan.tp && plan.pp && plan.micro_batch; }

SearchProblem problem_of(const config::Scenario& scenario, const System& system,
                         const SearchOptions& options) {
  config::Scenario open = scenario;
  if (is_complete(scenario.spec.plan)) open.spec.plan = {};
  const double gpus = scenario.spec.gpus;
  return {&scenario,
          &system,
          space_of(open, system),
          options.objectives,
          {&system, gpus, fleet_for(system, gpus)}};
}

/// Shapes are looked at in rounds, the most promising first, and what a round finds prunes the
/// next: within one, threads share the work without a say in the result.
constexpr std::size_t kFirstRound = 8, kPricedAtOnce = 32;

class Searcher {
 public:
  Searcher(const config::Scenario& scenario, const System& system, const SearchOptions& options)
      : problem_(problem_of(scenario, system, options)),
        best_(static_cast<std::size_t>(options.keep), options.objectives.size()),
        collectors_(threads_or_all(options.threads), Collector(problem_)) {}

  SearchResult run(std::span<const Precision* const> precisions) {
    const auto begin = std::chrono::steady_clock::now();
    price_shapes(precisions);
    std::size_t round = kFirstRound;
    for (std::size_t from = 0; from < shapes_.size(); from += round, round *= 2) {
      round = std::min(round, shapes_.size() - from);
      if (best_.hopeless(shapes_[from].floors) && is_ordered()) break;
      search_round(std::span(shapes_).subspan(from, round));
    }
    finish(precisions);
    result_.counts.elapsed =
        Seconds{std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
    return std::move(result_);
  }

 private:
  /// By one objective, nothing behind a hopeless shape is better.
  [[nodiscard]] bool is_ordered() const { return problem_.objectives.size() == 1; }

  void price_shapes(std::span<const Precision* const> precisions) {
    std::vector<std::pair<Plan, const Precision*>> all;
    for (const Precision* precision : precisions)
      if (runs(*problem_.system, *precision))
        for_each_layer_base(problem_.space, [&](const Plan& plan) {
          if (count_plans(plan) > 0) all.emplace_back(plan, precision);
        });
    std::vector<Shape> shapes(all.size());
    in_parallel(collectors_, all.size(), [&](Collector& collector, std::size_t i) {
      shapes[i] = collector.price_shape(all[i].first, *all[i].second);
    });
    for (const Shape& shape : shapes) {
      const long plans = count_plans(shape.floors.plan);
      result_.counts.plans += plans;
      if (shape.misfit.fits())
        shapes_.push_back(shape);
      else
        tally_.refuse(shape.misfit, plans);
    }
    std::stable_sort(shapes_.begin(), shapes_.end(), [](const Shape& a, const Shape& b) {
      return a.floors.value[0] < b.floors.value[0];
    });
  }

  /// Depends on tp and cp alone; where GPUs may stay idle, on what the replicas must divide too.
  long count_plans(const Plan& shape) {
    std::array<int, 4> ranks{shape.tp, shape.cp, 0, 0};
    if (problem_.space.idle > 0) ranks[2] = shape.ep * shape.etp, ranks[3] = shape.micro_batch;
    const auto [known, is_new] = plans_by_ranks_.try_emplace(ranks, 0);
    if (is_new) known->second = plans_of_shape(problem_, shape);
    return known->second;
  }

  struct Found {
    std::vector<Scored> candidates;
    Tally tally;
  };

  void search_round(std::span<const Shape> shapes) {
    std::vector<Found> found(shapes.size());
    in_parallel(collectors_, shapes.size(), [&](Collector& collector, std::size_t i) {
      if (best_.hopeless(shapes[i].floors)) return;
      collector.collect(shapes[i], best_, found[i].candidates, found[i].tally);
    });
    std::vector<Scored> candidates;
    for (const Found& f : found) {
      candidates.insert(candidates.end(), f.candidates.begin(), f.candidates.end());
      tally_.add(f.tally);
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Scored& a, const Scored& b) { return a.value[0] < b.value[0]; });
    price(candidates);
  }

  void price(std::span<const Scored> candidates) {
    std::vector<Scored> at_once, priced;
    for (std::size_t i = 0; i < candidates.size();) {
      at_once.clear();
      for (; i < candidates.size() && at_once.size() < kPricedAtOnce; ++i)
        if (!best_.hopeless(candidates[i])) at_once.push_back(candidates[i]);
      priced.resize(at_once.size());
      in_parallel(collectors_, at_once.size(), [&](Collector& collector, std::size_t k) {
        priced[k] = collector.price(at_once[k]);
      });
      for (const Scored& plan : priced) best_.add(plan);
      result_.counts.priced += static_cast<long>(priced.size());
    }
  }

  [[nodiscard]] Estimate estimate_of(const Plan& plan, const Precision& precision,
                                     double batch) const {
    const Pricing pricing = pricing_of(*problem_.scenario, *problem_.system, precision, batch);
    PlanWorkspace workspace;
    return estimate(pricing, plan, run_of(*problem_.scenario, *problem_.system, plan), workspace);
  }

  void finish(std::span<const Precision* const> precisions) {
    SearchCounts& counts = result_.counts;
    long refused = 0;
    for (const Refused& r : tally_.refused) {
      counts.refused.push_back({r.reason->key, r.count, r.example});
      refused += r.count;
    }
    counts.pruned = counts.plans - refused - counts.priced;
    counts.proven_optimal = !best_.ranked().empty();
    for (const Scored& s : best_.ranked()) {
      result_.ranked.push_back(estimate_of(s.plan, *s.precision, batch_of(problem_.space, s.plan)));
      result_.use.emplace_back(s.value.begin(), s.value.begin() + problem_.objectives.size());
    }
    result_.objectives = problem_.objectives;
    result_.space = problem_.space;
    compare_own(*precisions.front());
  }

  void compare_own(const Precision& precision) {
    if (!is_complete(problem_.scenario->spec.plan) || result_.ranked.empty()) return;
    const config::FixedPlan own = config::fixed_plan(*problem_.scenario);
    result_.own = estimate_of(own.plan, precision, own.global_batch);
    if (!result_.own.misfit.fits()) return;
    const Timeline& timeline = result_.own.timeline;
    const Scored scored =
        problem_.score(own.plan, &precision, {timeline.step_time, timeline.compute_busy});
    result_.own_ratio = scored.value[0] / result_.use.front()[0];
  }

  SearchProblem problem_;
  Shortlist best_;
  std::vector<Collector> collectors_;  ///< one a thread
  std::vector<Shape> shapes_;          ///< by floor
  std::map<std::array<int, 4>, long> plans_by_ranks_;
  Tally tally_;
  SearchResult result_;
};

}  // namespace

SearchResult search(const config::Scenario& scenario, const System& system,
                    std::span<const Precision* const> precisions, const SearchOptions& options) {
  return Searcher(scenario, system, options).run(precisions);
}

}  // namespace fleetcast
