#include <cmath>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/fixed_plan.hpp"

namespace fleetcast::cli {
namespace {

Pricing pricing_of(const config::Scenario& scenario, double global_batch) {
  const config::ScenarioSpec& spec = scenario.spec;
  return {.system = &scenario.systems.front().system,
          .job = {&scenario.model, spec.training.seq_len, global_batch},
          .parameters = count_parameters(scenario.model),
          .precision = spec.precisions.front(),
          .stack = &scenario.stack};
}

RunInput run_of(const config::Scenario& scenario, const config::FixedPlan& fixed) {
  const config::ScenarioSpec& spec = scenario.spec;
  const double order = scenario.systems.front().system.cluster.order_gpus;
  const double gpus = fixed.plan.gpus();
  return {.tokens = spec.training.tokens,
          .tokens_per_step = fixed.global_batch * spec.training.seq_len,
          .gpus = gpus,
          .fleet_gpus = std::ceil(gpus / order) * order,
          .electricity = spec.economy.electricity,
          .carbon = spec.economy.carbon,
          .lifetime = spec.economy.lifetime};
}

report::EstimateResult estimate_of(const config::Scenario& scenario) {
  const config::ScenarioSpec& spec = scenario.spec;
  const config::FixedPlan fixed = config::fixed_plan(scenario);
  const Pricing pricing = pricing_of(scenario, fixed.global_batch);
  PlanWorkspace workspace;
  report::EstimateResult out{.scenario = spec.name,
                             .question = spec.question,
                             .model = scenario.model.name,
                             .system = spec.systems.front(),
                             .system_name = pricing.system->cluster.name,
                             .stack = scenario.stack.name + " " + scenario.stack.release,
                             .stack_note = scenario.stack_note,
                             .seq_len = spec.training.seq_len,
                             .tokens = spec.training.tokens};
  out.estimate = estimate(pricing, fixed.plan, run_of(scenario, fixed), workspace);
  const bool is_too_big = out.estimate.memory.total() > out.estimate.memory_usable;
  if (!out.estimate.misfit.fits() && is_too_big)
    out.remedies = remedies(pricing, fixed.plan, workspace);
  return out;
}

/// `path=[text]`, whatever the text.
std::string set_list(const char* path, const std::string& text) {
  std::string out = std::string(path) + "=['";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "']";
}

bool is_open(const config::PlanSpec& plan) { return !plan.tp && !plan.pp && !plan.ep && !plan.dp; }

}  // namespace

config::Scenario load_scenario(const Arguments& arguments) {
  std::vector<std::string> sets = arguments.sets;
  if (!arguments.system.empty()) {
    config::path_of("clusters", {arguments.system, {}});
    sets.push_back(set_list("systems", arguments.system));
  }
  if (!arguments.precision.empty()) {
    std::vector<std::string_view> keys;
    for (const Precision* precision : precisions()) keys.push_back(precision->key);
    if (find_precision(arguments.precision) == nullptr)
      throw config::ConfigError({{"command line", 1, 1, "--precision",
                                  fleetcast::quoted(arguments.precision) + " is not known here" +
                                      suggestion(arguments.precision, "known", keys)}});
    sets.push_back(set_list("precisions", arguments.precision));
  }
  return config::load_scenario(config::scenario_path(arguments.scenario), sets);
}

int run_estimate(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  const report::EstimateResult result = estimate_of(scenario);
  write(arguments, result);
  if (result.estimate.misfit.fits()) return kFine;
  complain("fleetcast: the plan cannot run: " + report::misfit_text(result.estimate.misfit));
  if (is_open(scenario.spec.plan))
    complain("fleetcast: the scenario leaves the plan open; `fleetcast search` finds one");
  return kInfeasible;
}

}  // namespace fleetcast::cli
