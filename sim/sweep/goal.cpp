#include "sim/sweep/goal.hpp"

#include <algorithm>
#include <array>

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/report/result.hpp"

namespace fleetcast::sweep {
namespace {

SpecProblem nothing(const config::ScenarioSpec& /*spec*/) { return {}; }

SpecProblem a_fleet(const config::ScenarioSpec& spec) {
  if (spec.gpus > 0) return {};
  return {"gpus", "is missing: the fleet to search, such as 64"};
}

SpecProblem a_deadline(const config::ScenarioSpec& spec) {
  if (!(spec.deadline > Seconds{}))
    return {"deadline", "is missing: the time to plan for, such as 90 days"};
  if (!(spec.training.tokens > 0))
    return {"training.tokens", "is missing: of the whole run, such as 13T"};
  return {};
}

Outcome refused(std::string_view status, std::string text) {
  return {.status = status, .text = std::move(text)};
}

void name(const Bench& bench, std::size_t system, const Estimate& estimate, Outcome& out) {
  const config::ScenarioSpec& spec = bench.resolver.scenario().spec;
  out.estimate = &estimate;
  out.system = spec.systems[system];
  if (estimate.precision != nullptr) out.precision = estimate.precision->key;
  out.has_run = spec.training.tokens > 0;
}

/// A workspace keeps layers between points; past this many, those of plans long gone cost memory.
constexpr std::size_t kMostPrograms = 2000;

/// Forgets prices that this point's are not.
void keep_prices(Bench& bench, const Pricing& pricing) {
  const bool same = bench.generation == bench.resolver.generation() &&
                    bench.seq_len == pricing.job.seq_len && bench.precision == pricing.precision;
  if (!same || bench.workspace.programs.size() > kMostPrograms) bench.workspace.clear();
  bench.generation = bench.resolver.generation();
  bench.seq_len = pricing.job.seq_len;
  bench.precision = pricing.precision;
}

Outcome ask_estimate(Bench& bench) {
  const config::Scenario& scenario = bench.resolver.scenario();
  config::FixedPlan fixed;
  try {
    fixed = config::fixed_plan(scenario);
  } catch (const config::ConfigError& error) {
    return refused("plan", error.problems().front().what);
  }
  const System& system = scenario.systems.front().system;
  const Pricing pricing =
      pricing_of(scenario, system, *scenario.spec.precisions.front(), fixed.global_batch);
  keep_prices(bench, pricing);
  bench.estimate =
      estimate(pricing, fixed.plan, run_of(scenario, system, fixed.plan), bench.workspace);
  Outcome out{.status = kOk};
  name(bench, 0, bench.estimate, out);
  const Misfit& misfit = bench.estimate.misfit;
  if (misfit.fits()) return out;
  out.status = misfit.reason->key;
  out.text = report::misfit_text(misfit);
  return out;
}

Outcome ask_search(Bench& bench) {
  const config::Scenario& scenario = bench.resolver.scenario();
  SearchOptions options;
  options.keep = 1;
  options.threads = 1;
  bench.search =
      search(scenario, scenario.systems.front().system, scenario.spec.precisions, options);
  Outcome out{.status = kOk, .search = &bench.search.counts};
  if (!bench.search.ranked.empty()) {
    name(bench, 0, bench.search.ranked.front(), out);
    return out;
  }
  // The reason of most plans; of equals the first in the order of the search.
  const std::vector<RefusedPlans>& all = bench.search.counts.refused;
  const auto most = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.count < b.count; });
  out.status = most == all.end() ? "space" : most->reason;
  out.text = most == all.end() ? "no plan is in the space" : report::misfit_text(most->example);
  return out;
}

Outcome ask_plan(Bench& bench) {
  const config::Scenario& scenario = bench.resolver.scenario();
  bench.fleets = size_fleets(scenario, {.answer_only = true, .threads = 1});
  const std::vector<Fleet>& fleets = bench.fleets.fleets;
  const Fleet* best = nullptr;
  for (const Fleet& fleet : fleets)
    if (fleet.feasible && (best == nullptr || fleet.gpus < best->gpus)) best = &fleet;
  if (best == nullptr) return refused("deadline", fleets.front().why_not);
  Outcome out{.status = kOk, .fleet = best};
  name(bench, best->system, best->estimate, out);
  return out;
}

constexpr Goal kEstimate{"estimate",   "the plan of the scenario", nothing,
                         ask_estimate, "tokens_per_s_per_gpu",     true};
constexpr Goal kSearch{
    "search", "the plan with the shortest step", a_fleet, ask_search, "tokens_per_s_per_gpu", true};
constexpr Goal kPlan{
    "plan",     "the smallest fleet, over its systems and precisions, that meets the deadline",
    a_deadline, ask_plan,
    "gpus",     false};

}  // namespace

std::span<const Goal* const> goals() {
  static constexpr std::array<const Goal*, 3> kGoals{&kEstimate, &kSearch, &kPlan};
  return kGoals;
}

const Goal* find_goal(std::string_view key) {
  for (const Goal* goal : goals())
    if (goal->key == key) return goal;
  return nullptr;
}

Outcome outcome_at(const Goal& goal, PointId point, Bench& bench) {
  bench.resolver.move_to(point);
  if (const std::optional<SpecProblem>& problem = bench.resolver.problem())
    return refused(problem->key == "model" ? "model" : "plan", problem->what);
  const SpecProblem lack = goal.lacks(bench.resolver.scenario().spec);
  if (!lack.key.empty()) return refused("scenario", lack.key + " " + lack.what);
  return goal.ask(bench);
}

}  // namespace fleetcast::sweep
