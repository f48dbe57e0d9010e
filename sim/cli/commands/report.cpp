#include <algorithm>
#include <filesystem>
#include <future>

#include "sim/cli/commands.hpp"
#include "sim/cli/commands/fleets.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/stop.hpp"
#include "sim/cli/subject.hpp"
#include "sim/config/echo.hpp"
#include "sim/report/number.hpp"
#include "sim/report/planning.hpp"

namespace fleetcast::cli {
namespace {

using report::Planning;

constexpr double kChange = 0.1;  // of each parameter, as in `explain`
constexpr std::string_view kPage = ".html";

/// The name without its ending. Throws: config::ConfigError.
std::string stem_of(const Arguments& arguments) {
  const std::string& path = arguments.out;
  if (path.ends_with(kPage) && path.size() > kPage.size())
    return path.substr(0, path.size() - kPage.size());
  throw config::ConfigError(
      {{"command line", 1, 1, "--out", "is to end in .html, such as report.html"}});
}

/// For a shell.
std::string quoted_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command_of(const Arguments& arguments) {
  std::string out = "fleetcast report " + quoted_word(arguments.scenario);
  for (const std::string& set : arguments.sets) out += " --set " + quoted_word(set);
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) out += std::string(" ") + option + " " + quoted_word(value);
  };
  add("--system", arguments.system);
  add("--precision", arguments.precision);
  add("--configs", arguments.configs.value_or(""));
  add("--out", arguments.out);
  return out;
}

/// One system and recipe of a scenario, as a scenario.
config::Scenario alone(const config::Scenario& scenario, std::size_t system,
                       const Precision* precision) {
  config::Scenario out = scenario;
  out.systems = {scenario.systems[system]};
  out.spec.systems = {scenario.spec.systems[system]};
  out.spec.precisions = {precision};
  return out;
}

template <class Spec>
void add_inputs(const std::string& prefix, const Spec& spec, const config::Sources& sources,
                const config::SourceTexts& texts, Planning& out) {
  for (const config::EchoLine& line : config::echo_lines(spec, sources)) {
    const auto from = sources.find(line.path);
    if (from == sources.end()) continue;
    const auto text = texts.find(line.source);
    out.inputs.push_back({prefix + line.path, line.value, line.meaning,
                          text == texts.end() ? line.source : text->second, from->second.note,
                          line.assumption || line.source == "assumption"});
  }
}

template <class Spec>
std::string file_of(const Spec& spec, const config::Sources& sources,
                    const config::SourceTexts& texts) {
  return config::to_yaml(spec, sources) + config::sources_yaml(texts);
}

/// A file by its place in a folder of --configs.
void add_file(const std::string& path, std::string text, Planning& out) {
  const auto same = [&](const report::Verbatim& file) { return file.title == path; };
  if (std::any_of(out.files.begin(), out.files.end(), same)) return;
  out.files.push_back({path, path.substr(path.rfind('/') + 1), std::move(text)});
}

/// The name of a file of configs/, or of a file given by its path.
std::string name_of_file(const std::string& name_or_path) {
  const std::string name = name_or_path.substr(name_or_path.rfind('/') + 1);
  return name.ends_with(".yaml") ? name.substr(0, name.size() - 5) : name;
}

void add_files(const config::Scenario& scenario, Planning& out) {
  config::ScenarioSpec spec = scenario.spec;
  spec.model = name_of_file(spec.model);
  for (std::string& system : spec.systems) system = name_of_file(system);
  spec.stack = scenario.stack.name + " " + scenario.stack.release;
  add_file("scenario.yaml", file_of(spec, scenario.sources, scenario.source_texts), out);
  add_file("llms/" + spec.model + ".yaml", config::to_yaml(scenario.model), out);
  add_file("stacks/" + scenario.stack.name + "-" + scenario.stack.release + ".yaml",
           config::to_yaml(scenario.stack), out);
  add_file("calibration.yaml", config::to_yaml(scenario.calibration), out);
  for (std::size_t i = 0; i < scenario.systems.size(); ++i) {
    const config::LoadedSystem& s = scenario.systems[i];
    const System& system = s.system;
    add_file("clusters/" + spec.systems[i] + ".yaml",
             file_of(system.cluster, s.cluster_sources, s.cluster_source_texts), out);
    add_file("gpus/" + system.cluster.gpu + ".yaml",
             file_of(system.gpu, s.gpu_sources, s.gpu_source_texts), out);
    add_file("kernels/" + system.gpu.kernels + ".yaml", config::to_yaml(system.curves), out);
    for (std::size_t t = 0; t < system.fabrics.size(); ++t)
      add_file("fabrics/" + system.cluster.tiers[t].fabric + ".yaml",
               config::to_yaml(system.fabrics[t]), out);
  }
}

void add_systems_inputs(const config::Scenario& scenario, Planning& out) {
  add_inputs("", scenario.spec, scenario.sources, scenario.source_texts, out);
  for (std::size_t i = 0; i < scenario.systems.size(); ++i) {
    const config::LoadedSystem& s = scenario.systems[i];
    const std::string prefix = scenario.spec.systems[i] + ": ";
    add_inputs(prefix + "cluster.", s.system.cluster, s.cluster_sources, s.cluster_source_texts,
               out);
    add_inputs(prefix + "gpu.", s.system.gpu, s.gpu_sources, s.gpu_source_texts, out);
  }
}

/// Published runs on the scenario's systems of models like its own.
void add_evidence(const config::Scenario& scenario, Validation all, Planning& out) {
  out.all_rows = all.all;
  const bool moe = scenario.model.is_moe();
  const std::vector<std::string>& systems = scenario.spec.systems;
  for (ValidatedRow& row : all.rows)
    if (row.is_moe == moe && std::find(systems.begin(), systems.end(), row.system) != systems.end())
      out.evidence.push_back(std::move(row));
  std::stable_sort(
      out.evidence.begin(), out.evidence.end(),
      [](const ValidatedRow& a, const ValidatedRow& b) { return a.system < b.system; });
  out.alike = moe ? "mixture-of-experts models" : "dense models";
  for (std::size_t i = 0; i < systems.size(); ++i)
    out.alike += (i == 0 ? " on " : ", ") + systems[i];
}

/// Fleets for the deadline, and the first and the last of those shown against each other.
bool add_fleets(const Arguments& arguments, const config::Scenario& scenario,
                const Measurements& published, Planning& out) {
  FleetSizers sizers;
  out.fleets = fleets_of(scenario, {.threads = arguments.threads, .keep = &sizers}, published);
  report::FleetReport& fleets = *out.fleets;
  out.shown = report::shown_fleets(fleets);
  if (out.shown.empty()) return false;
  add_curves(scenario, out.shown, sizers, fleets.answer, arguments.threads);
  std::vector<std::size_t> close{out.shown.front()};
  if (out.shown.size() > 1) close.push_back(out.shown.back());
  for (const std::size_t i : close) {
    const Fleet& fleet = fleets.answer.fleets[i];
    const config::Scenario own = alone(scenario, fleet.system, fleet.precision);
    out.close_ups.push_back(
        {fleets.subjects[i], fleet.gpus, profile(own, {fleet.estimate.plan, {}, true}, kChange)});
  }
  return true;
}

/// Why the second of two close-ups needs fewer GPUs. False: stopped.
bool add_why(const Arguments& arguments, const config::Scenario& scenario, Planning& out) {
  if (!out.fleets || out.close_ups.size() < 2) return true;
  const StopSignals signals;
  ProgressLine progress("mixtures");
  const auto begun = std::chrono::steady_clock::now();
  const auto setup = [&](std::size_t i) {
    const Fleet& fleet = out.fleets->answer.fleets[i];
    return Setup{scenario.systems[fleet.system].system, fleet.precision};
  };
  out.why.push_back(
      {out.close_ups.front().subject, out.close_ups.back().subject, scenario.spec.deadline,
       explain_fleets(scenario, setup(out.shown.front()), setup(out.shown.back()),
                      {.threads = arguments.threads,
                       .stop = &StopSignals::signal(),
                       .progress = [&](std::size_t done, std::size_t all) {
                         progress.show(done, all, std::chrono::steady_clock::now() - begun);
                       }})});
  return StopSignals::signal() == 0;
}

/// The scenario's own plan. Returns why it has none, or "".
std::string add_plan(const config::Scenario& scenario, Planning& out) {
  const ChosenPlan chosen = chosen_plan(scenario);
  if (!chosen.why_none.empty()) return chosen.why_none;
  Profile p = profile(scenario, chosen, kChange);
  const Misfit misfit = p.sensitivities.estimate.misfit;
  if (!misfit.fits()) return "the plan cannot run: " + report::misfit_text(misfit);
  const Forecast& run = p.sensitivities.estimate.run;
  const config::ScenarioSpec& spec = scenario.spec;
  if (spec.deadline > Seconds{} && spec.training.tokens > 0)
    out.notes.push_back("The deadline of " + report::days(spec.deadline / kDay) + " is " +
                        (run.days * kDay <= spec.deadline ? "met" : "missed") + ".");
  if (spec.systems.size() > 1 || spec.precisions.size() > 1)
    out.notes.emplace_back(
        "The scenario states its GPUs: only its first system and recipe are looked at.");
  out.close_ups.push_back({subject_of(scenario, 0), double(chosen.plan.gpus()), std::move(p)});
  return {};
}

std::string csv_of(const Planning& planning) {
  if (planning.fleets) return report::to_csv(report::rows_of(*planning.fleets));
  const report::CloseUp& only = planning.close_ups.front();
  return report::to_csv(report::rows_of(
      report::EstimateResult{only.subject, only.profile.sensitivities.estimate, {}}));
}

/// Throws: config::ConfigError where a file would replace the scenario.
void keep_scenario(const Arguments& arguments, const std::string& path) {
  std::error_code none;
  if (std::filesystem::equivalent(path, config::scenario_path(arguments.scenario), none))
    throw config::ConfigError(
        {{"command line", 1, 1, "--out", fleetcast::quoted(path) + " is the scenario itself"}});
}

/// All are written before the first takes its name; each then appears whole.
void write_files(const Arguments& arguments, const std::string& stem, const Planning& planning) {
  const report::Document document = report::document_of(planning);
  const std::vector<std::pair<std::string, std::string>> texts{
      {stem + ".html", report::to_page(document)},
      {stem + ".md", report::to_markdown(document)},
      {stem + ".csv", csv_of(planning)}};
  std::vector<std::unique_ptr<Output>> outputs;
  for (const auto& [path, text] : texts) keep_scenario(arguments, path);
  for (const auto& [path, text] : texts) {
    outputs.push_back(std::make_unique<Output>(path, "--out"));
    outputs.back()->add(text);
  }
  for (const auto& output : outputs) output->finish();
  print(arguments, report::headline(document.answer, style_of(arguments)) + "\n" + stem +
                       ".html, and beside it " + stem + ".md and " + stem + ".csv\n");
}

std::string why_none(const report::FleetReport& fleets) {
  std::string out = "no fleet meets the deadline";
  for (std::size_t i = 0; i < fleets.answer.fleets.size(); ++i)
    out += "\n  " + fleets.subjects[i].system + " " +
           std::string(fleets.answer.fleets[i].precision->key) + ": " +
           fleets.answer.fleets[i].why_not;
  return out;
}

int refuse(const std::string& why) {
  complain("fleetcast: " + why);
  return kInfeasible;
}

}  // namespace

int run_report(const Arguments& arguments) {
  const std::string stem = stem_of(arguments);
  const config::Scenario scenario = load_scenario(arguments);
  const config::ScenarioSpec& spec = scenario.spec;
  const bool asks_fleets = spec.deadline > Seconds{} && spec.gpus == 0;
  if (asks_fleets)
    require(scenario, spec.training.tokens > 0, "training.tokens", "of the whole run, such as 13T");
  const Measurements published = read_measurements(arguments.threads);
  std::future<Validation> validation =
      std::async(launch_for(arguments.threads), [&] { return validate(published.get()); });
  Planning planning;
  planning.command = command_of(arguments);
  planning.version = FLEETCAST_VERSION;
  planning.subject = subject_of(scenario, 0);
  planning.question = spec.question;
  if (asks_fleets) {
    if (!add_fleets(arguments, scenario, published, planning))
      return refuse(why_none(*planning.fleets));
    if (!add_why(arguments, scenario, planning)) return StopSignals::exit_code();
  } else if (const std::string why = add_plan(scenario, planning); !why.empty()) {
    return refuse(why);
  }
  add_evidence(scenario, validation.get(), planning);
  add_systems_inputs(scenario, planning);
  add_files(scenario, planning);
  write_files(arguments, stem, planning);
  return kFine;
}

}  // namespace fleetcast::cli
