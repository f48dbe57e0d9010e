#include "sim/cli/subject.hpp"

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/fixed_plan.hpp"
#include "sim/plan/chosen_plan.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast::cli {
namespace {

/// `path=['text']`, whatever the text.
std::string set_list(const char* path, const std::string& text) {
  std::string out = std::string(path) + "=['";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "']";
}

void check_precision(const std::string& key) {
  std::vector<std::string_view> keys;
  for (const Precision* precision : precisions()) keys.push_back(precision->key);
  if (find_precision(key) != nullptr) return;
  throw config::ConfigError(
      {{"command line", 1, 1, "--precision",
        fleetcast::quoted(key) + " is not known here" + suggestion(key, "known", keys)}});
}

}  // namespace

config::Scenario load_scenario(const Arguments& arguments) {
  std::vector<std::string> sets = arguments.sets;
  if (!arguments.system.empty()) {
    config::path_of("clusters", {arguments.system, {}});
    sets.push_back(set_list("systems", arguments.system));
  }
  if (!arguments.precision.empty()) {
    check_precision(arguments.precision);
    sets.push_back(set_list("precisions", arguments.precision));
  }
  return config::load_scenario(config::scenario_path(arguments.scenario), sets);
}

namespace {

/// What a reader must know of the forecast's footing.
std::string notes_of(const config::Scenario& scenario, const System& system) {
  std::vector<std::string> notes;
  if (!scenario.stack_note.empty()) notes.push_back(scenario.stack_note);
  if (!system.gpu.kernels_measured)
    notes.push_back("kernels of " + system.gpu.name + " were not measured: the curves of " +
                    system.curves.name + ", scaled by data sheet, stand in");
  if (system.gpu.pre_release || system.cluster.pre_release)
    notes.push_back(system.cluster.name + " is announced, not yet in the field");
  const std::vector<std::string> doubts =
      doubts_of(scenario.calibration.errors, footing_of(scenario, system, scenario.spec.gpus));
  for (std::size_t i = 0; i < doubts.size(); ++i)
    notes.push_back((i == 0 ? "error bars are wider: " : "") + doubts[i]);
  std::string out;
  for (const std::string& note : notes) out += (out.empty() ? "" : "; ") + note;
  return out;
}

}  // namespace

Measurements read_measurements(unsigned threads) {
  const auto read = [] {
    std::vector<config::MeasurementFile> files;
    for (const std::string& path : default_measurements())
      files.push_back(config::load_measurements(path));
    return files;
  };
  return std::async(launch_for(threads), read).share();
}

std::vector<ValidatedRow> published_rows(const std::vector<config::ClaimSpec>& claims,
                                         const Measurements& published) {
  std::vector<std::string> systems;
  for (const config::ClaimSpec& claim : claims) systems.push_back(claim.system);
  return measured_rows(published.get(), systems);
}

report::EstimateResult estimate_of(const config::Scenario& scenario) {
  const config::FixedPlan fixed = config::fixed_plan(scenario);
  return estimate_of(scenario, fixed.plan, fixed.global_batch);
}

report::EstimateResult estimate_of(const config::Scenario& scenario, const Plan& plan,
                                   double global_batch) {
  const System& system = scenario.systems.front().system;
  const Precision& precision = *scenario.spec.precisions.front();
  const Pricing pricing = pricing_of(scenario, system, precision, global_batch);
  PlanWorkspace workspace;
  report::EstimateResult out{subject_of(scenario, 0), {}, {}};
  out.estimate = estimate(pricing, plan, run_of(scenario, system, plan), workspace);
  const bool is_too_big = out.estimate.memory.total() > out.estimate.memory_usable;
  if (!out.estimate.misfit.fits() && is_too_big) out.remedies = remedies(pricing, plan, workspace);
  return out;
}

int complain_of_misfit(const config::Scenario& scenario, const report::EstimateResult& result) {
  complain("fleetcast: the plan cannot run: " + report::misfit_text(result.estimate.misfit));
  if (is_open(scenario.spec.plan))
    complain("fleetcast: the scenario leaves the plan open; `fleetcast search` finds one");
  return kInfeasible;
}

report::Subject subject_of(const config::Scenario& scenario, std::size_t system) {
  const config::ScenarioSpec& spec = scenario.spec;
  return {.scenario = spec.name,
          .question = spec.question,
          .model = scenario.model.name,
          .system = spec.systems[system],
          .system_name = scenario.systems[system].system.cluster.name,
          .stack = scenario.stack.name + " " + scenario.stack.release,
          .note = notes_of(scenario, scenario.systems[system].system),
          .seq_len = spec.training.seq_len,
          .tokens = spec.training.tokens};
}

void require(const config::Scenario& scenario, bool is_there, const char* key, const char* why) {
  if (is_there) return;
  throw config::ConfigError(
      {{*scenario.plan_at.file, 1, 1, key, std::string("is missing: ") + why}});
}

}  // namespace fleetcast::cli
