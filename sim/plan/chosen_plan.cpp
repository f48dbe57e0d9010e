#include "sim/plan/chosen_plan.hpp"

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/search.hpp"

namespace fleetcast {

bool is_open(const config::PlanSpec& plan) { return !plan.tp && !plan.pp && !plan.ep && !plan.dp; }

namespace {

ChosenPlan best_on_fleet(const config::Scenario& s) {
  const SearchResult found =
      search(s, s.systems.front().system, std::span(s.spec.precisions).first(1), {.keep = 1});
  if (found.ranked.empty()) return {{}, "no plan runs on the scenario's GPUs", true};
  return {found.ranked.front().plan, {}, true};
}

ChosenPlan smallest_fleet(config::Scenario s) {
  s.systems.resize(1);
  s.spec.systems.resize(1);
  s.spec.precisions.resize(1);
  s.spec.claims.clear();
  s.spec.deadlines.clear();
  const FleetAnswer answer = size_fleets(s, {.answer_only = true});
  const Fleet& fleet = answer.fleets.front();
  if (!fleet.feasible) return {{}, fleet.why_not, true};
  return {fleet.estimate.plan, {}, true};
}

}  // namespace

ChosenPlan chosen_plan(const config::Scenario& s) {
  if (is_open(s.spec.plan) && s.spec.gpus > 0) return best_on_fleet(s);
  if (is_open(s.spec.plan) && s.spec.deadline > Seconds{} && s.spec.training.tokens > 0)
    return smallest_fleet(s);
  return {config::fixed_plan(s).plan, {}, false};
}

}  // namespace fleetcast
