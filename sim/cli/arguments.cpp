#include "sim/cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "models/base/nearest.hpp"
#include "sim/config/problem.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::array<std::string_view, 3> kFormats{"table", "json", "csv"};
constexpr std::array<std::string_view, 2> kLineFormats{"csv", "jsonl"};
constexpr std::array<std::string_view, 1> kDocumentFormats{"yaml"};

/// Formats that a command writes, the first by default; none where it only says what it did.
using Formats = std::span<const std::string_view>;
constexpr Formats kReports{kFormats}, kLines{kLineFormats}, kDocument{kDocumentFormats},
    kNoFormat{};

/// A command: what it does, an example, and the arguments it takes beside the common ones.
struct Command {
  std::string_view key;
  std::string_view meaning;
  std::string_view example;
  void (*declare)(CLI::App& app, Arguments& out);
  Formats formats = kReports;
  bool takes_overrides = true;
};

void declare_scenario(CLI::App& app, Arguments& out) {
  app.add_option("SCENARIO", out.scenario, "a YAML file, or a name: see `fleetcast list scenarios`")
      ->required();
}

void declare_selected(CLI::App& app, Arguments& out) {
  declare_scenario(app, out);
  app.add_option("--system", out.system, "a system instead of the scenario's first");
  app.add_option("--precision", out.precision, "a recipe instead of the scenario's first");
}

void declare_threads(CLI::App& app, Arguments& out) {
  app.add_option("--threads", out.threads, "0: all; the result is the same")->option_text("N");
}

void declare_search(CLI::App& app, Arguments& out) {
  declare_selected(app, out);
  app.add_option("--objective", out.objective,
                 "what is to be least: time (default), energy, cost, or pareto: plans that none "
                 "beats in both time and energy")
      ->option_text("OBJECTIVE");
  declare_threads(app, out);
}

void declare_plan(CLI::App& app, Arguments& out) {
  declare_scenario(app, out);
  app.add_flag("--curve", out.curve,
               "days, power and cost of fleets from a fourth to four times the answer; with "
               "--format csv those alone");
  declare_threads(app, out);
}

void declare_validate(CLI::App& app, Arguments& out) {
  app.add_option("FILES", out.files, "measurement files; default: those of configs/measurements");
  app.add_option("--kernels", out.kernels,
                 "CSV tables of measured kernels or collectives instead, all of one kind")
      ->option_text("TABLE...");
  app.add_option(
         "--engine", out.engine,
         "what predicts: analytic (default), or event: the simulated chip for kernels, links "
         "shared between exchanges for steps")
      ->option_text("ENGINE");
  app.add_flag("--rows", out.all_rows, "each row in the table as well; JSON and CSV have them all");
  app.add_option("--against", out.against,
                 "accuracy that was accepted: exit code 1 where a group is worse by half a point")
      ->option_text("FILE");
  for (const Document& document : kDocuments)
    app.add_flag_callback(
        "--" + std::string(document.key),
        [&out, &document] {
          if (!out.document.empty())
            throw CLI::ValidationError("--" + std::string(document.key),
                                       "goes without --" + out.document);
          out.document = document.key;
        },
        std::string(document.meaning));
}

void declare_calibrate(CLI::App& app, Arguments& out) {
  app.add_option("MEASURED", out.files,
                 "what you measured: tables of GEMMs, attention, memory-bound kernels and "
                 "collectives (.csv), nccl-tests logs (.log, .txt), training steps (.yaml)")
      ->required();
  app.add_option("--out", out.out, "folder for the parameter files, for --configs")
      ->required()
      ->option_text("DIR REQUIRED");
  app.add_flag(
      "--anew", out.anew,
      "write the project's own files from the public tables they are fitted to, instead of "
      "moving the present ones to your rows");
}

void declare_explain(CLI::App& app, Arguments& out) {
  declare_selected(app, out);
  auto* from = app.add_option("--from", out.from,
                              "why --to needs fewer GPUs than this system; unset recipe: bf16")
                   ->option_text("SYSTEM[:PRECISION]");
  auto* to = app.add_option("--to", out.to, "what --from is compared with; unset recipe: its own")
                 ->option_text("SYSTEM[:PRECISION]");
  from->needs(to);
  to->needs(from);
  auto* solve = app.add_option("--solve", out.solve,
                               "from which value of this field on --until holds, as --set names it")
                    ->option_text("PATH")
                    ->excludes(from);
  auto* until = app.add_option("--until", out.until,
                               "'run.days <= 90', 'mfu >= 0.4': a number of estimate's JSON")
                    ->option_text("CONDITION");
  solve->needs(until);
  until->needs(solve);
  declare_threads(app, out);
}

void declare_list(CLI::App& app, Arguments& out) {
  app.add_option("KIND", out.kind,
                 "gpus, clusters, llms, stacks, scenarios, sweeps, columns, precisions, schedules, "
                 "collectives, "
                 "recompute, dimensions; default: all kinds");
}

void declare_show(CLI::App& app, Arguments& out) {
  app.add_option("KIND", out.kind,
                 "gpu, microarchitecture, cluster, llm, stack, kernels, fabric, scenario")
      ->required();
  app.add_option("NAME", out.name, "as `fleetcast list` names it, or a YAML file");
}

void declare_out(CLI::App& app, Arguments& out) {
  app.add_option("--out", out.out, "file of results (SQLite), made or continued")
      ->required()
      ->option_text("DB REQUIRED");
}

void declare_simulate(CLI::App& app, Arguments& out) {
  declare_selected(app, out);
  app.add_option("--scale", out.scale,
                 "chip: a kernel on one GPU; step: a training step; run: months")
      ->required()
      ->option_text("chip|step|run REQUIRED");
  app.add_option("--seed", out.seed, "of all that is drawn at random; unset: 1")->option_text("N");
  app.add_option("--runs", out.runs, "run: how many; unset: 1000")
      ->option_text("N")
      ->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--processes", out.processes, "run: 0: all cores; the result is the same")
      ->option_text("N")
      ->check(CLI::Range(0U, 4096U));
  app.add_option("--trace", out.trace, "timeline for ui.perfetto.dev or chrome://tracing")
      ->option_text("FILE");
  app.add_option("--collective", out.collective,
                 "step: one collective instead, message by message: all_reduce:1GB:4096, or with "
                 "an algorithm behind it")
      ->option_text("OP:BYTES:RANKS");
  app.add_flag("--full", out.full, "step: every rank, although many do the same");
  app.add_option("--kernel", out.one_kernel,
                 "chip: gemm:MxNxK[:dtype], attention:B,H,KV,D,S[:causal][:bwd] or memory:BYTES, "
                 "instead of those of the plan's layers; repeatable")
      ->option_text("KERNEL")
      ->allow_extra_args(false);
  app.add_option("--beside", out.beside,
                 "chip: communication that reads and writes HBM at this rate meanwhile")
      ->option_text("BYTES/S");
  app.add_option("--beside-sms", out.beside_sms, "chip: SMs that it takes; unset: 16")
      ->option_text("N");
  app.add_flag("--watch", out.watch, "simulated time and events, while it runs");
}

void declare_sweep(CLI::App& app, Arguments& out) {
  app.add_option("SWEEP", out.sweep, "a YAML file, or a name: see `fleetcast list sweeps`")
      ->required();
  declare_out(app, out);
  app.add_option("--threads", out.threads, "0: all; the result is the same")->option_text("N");
  app.add_option("--shard", out.shard,
                 "only part k of n equal ones; `fleetcast merge` joins their files")
      ->option_text("k/n");
}

void declare_merge(CLI::App& app, Arguments& out) {
  app.add_option("DB", out.files, "files of results of one sweep, such as those of its shards")
      ->required();
  declare_out(app, out);
}

void declare_export(CLI::App& app, Arguments& out) {
  app.add_option(
         "DB", out.files,
         "a file of results that `fleetcast sweep` wrote; or megatron SCENARIO: its plan as "
         "a command line of Megatron-LM")
      ->required()
      ->expected(1, 2);
  app.add_option("--system", out.system, "megatron: a system instead of the scenario's first");
  app.add_option("--precision", out.precision,
                 "megatron: a recipe instead of the scenario's first");
}

void declare_import(CLI::App& app, Arguments& out) {
  app.add_option("KIND", out.kind,
                 "hf: a config.json of Hugging Face; megatron: a command line of Megatron-LM")
      ->required();
  app.add_option("FILE", out.name, "what to read")->required();
  app.add_option("--system", out.system, "megatron: where it runs, which the command does not say");
}

constexpr std::array<Command, 13> kCommands{{
    {"estimate", "one plan on one system: step time, its causes, memory, the whole run",
     "fleetcast estimate llama3.1-405b-16k-h100 --set plan.vp=4", declare_selected},
    {"search", "every parallel plan on a given fleet: the best, the runners-up, the misfits",
     "fleetcast search gpt3-175b-64-a100 --set gpus=128 --objective energy", declare_search},
    {"plan", "the smallest fleet per system and precision that meets the deadline",
     "fleetcast plan gpt-moe-1.8t-90-days --set 'deadlines=[60 days, 120 days]'", declare_plan},
    {"explain", "what a plan's time hangs on; why one system needs fewer GPUs than another",
     "fleetcast explain gpt-moe-1.8t-90-days --from h100-80gb-sxm:bf16 --to gb200-nvl72:mxfp8",
     declare_explain},
    {"simulate", "events instead of formulas: contention, stragglers, jitter, failures",
     "fleetcast simulate llama3.1-405b-16k-h100 --scale step --trace step.json", declare_simulate},
    {"sweep", "a grid of what-ifs into a file of results; goes on where it was interrupted",
     "fleetcast sweep network-and-memory --out results.sqlite", declare_sweep, kNoFormat},
    {"merge", "results of a sweep's shards in one file",
     "fleetcast merge part-*.sqlite --out results.sqlite", declare_merge, kNoFormat, false},
    {"export", "results of a sweep, a line a point, or a plan, for other programs",
     "fleetcast export results.sqlite --format csv -o results.csv", declare_export, kLines},
    {"import", "a model or a plan of other programs as a file of ours",
     "fleetcast import hf config.json -o model.yaml", declare_import, kDocument, false},
    {"validate", "predicted against measured, training rows or kernels",
     "fleetcast validate --format csv --output validation.csv", declare_validate},
    {"calibrate", "parameters moved to what you measured on your machine",
     "fleetcast calibrate gemm_h200-sxm.csv steps.yaml --out mine, then "
     "fleetcast estimate SCENARIO --configs mine",
     declare_calibrate},
    {"list", "what is known", "fleetcast list clusters", declare_list, kReports, false},
    {"show", "every field of one thing with its value, source and meaning",
     "fleetcast show gpu h100-sxm", declare_show},
}};

/// The problem of argument `index`, at its column in the command line.
config::Problem problem_of(int argc, const char* const* argv, int index, std::string key,
                           std::string what) {
  int column = 1;
  for (int i = 0; i < std::min(index, argc); ++i)
    column += static_cast<int>(std::string_view(i == 0 ? "fleetcast" : argv[i]).size()) + 1;
  return {"command line", 1, column, std::move(key), std::move(what)};
}

int index_of(int argc, const char* const* argv, std::string_view argument) {
  for (int i = 1; i < argc; ++i)
    if (argv[i] == argument) return i;
  return argc;
}

/// "table, json or csv".
std::string list_text(Formats words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += std::string(i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i]);
  return out;
}

void declare_common(CLI::App& app, const Command& command, Arguments& out, std::string& format) {
  if (!command.formats.empty())
    app.add_option("--format", format, list_text(command.formats))->option_text("FORMAT");
  if (command.takes_overrides)
    app.add_option("--set", out.sets,
                   "path=value in the scenario, or in cluster., gpu., model., stack.; repeatable")
        ->option_text("PATH=VALUE")
        ->allow_extra_args(false);
  app.add_option(
         "--configs", out.configs,
         "a folder of your files (kernels/, gpus/, clusters/, ..., calibration.yaml), taken "
         "before the built-in ones; `fleetcast calibrate` writes one")
      ->option_text("DIR");
  if (command.formats.empty()) return;
  app.add_option("-o,--output", out.output, "a file instead of standard output")
      ->option_text("FILE");
}

void check_command(int argc, const char* const* argv) {
  const std::string_view word = argc < 2 ? "" : argv[1];
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.push_back(command.key);
  if (argc < 2)
    throw config::ConfigError({problem_of(
        argc, argv, 1, "", "a command is missing" + suggestion("", "commands", names))});
  constexpr std::array<std::string_view, 3> kAlone{"--help", "-h", "--version"};
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  if (std::find(kAlone.begin(), kAlone.end(), word) != kAlone.end()) return;
  if (word.starts_with('-'))
    throw config::ConfigError(
        {problem_of(argc, argv, 1, std::string(word),
                    "goes behind a command" + suggestion("", "commands", names))});
  throw config::ConfigError({problem_of(
      argc, argv, 1, "",
      fleetcast::quoted(word) + " is not a command" + suggestion(word, "commands", names))});
}

/// Arguments nothing takes.
std::vector<config::Problem> unexpected(int argc, const char* const* argv, const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  const std::vector<std::string_view> views(known.begin(), known.end());
  std::vector<config::Problem> problems;
  for (const std::string& extra : app.remaining(true)) {
    const bool is_option = extra.starts_with('-');
    std::string what = is_option ? "is not an option here" + suggestion(extra, "options", views)
                                 : fleetcast::quoted(extra) + " is one argument too many";
    problems.push_back(problem_of(argc, argv, index_of(argc, argv, extra), is_option ? extra : "",
                                  std::move(what)));
  }
  return problems;
}

void read_format(int argc, const char* const* argv, const std::string& text, Arguments& out) {
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&](const Command& c) { return c.key == out.command; });
  const Formats known = command->formats;
  if (known.empty()) return;
  const auto found = text.empty() ? known.begin() : std::find(known.begin(), known.end(), text);
  if (found == known.end())
    throw config::ConfigError({problem_of(
        argc, argv, index_of(argc, argv, text), "--format",
        fleetcast::quoted(text) + " is not known here" + suggestion(text, "known", known))});
  if (known.data() == kReports.data())
    out.format = static_cast<Format>(found - known.begin());
  else
    out.export_format = *found;
}

void declare(CLI::App& app, Arguments& out, std::string& format) {
  app.require_subcommand(1);
  app.set_version_flag("--version", program_version());
  app.set_help_flag("-h,--help", "this text");
  app.footer(
      "Example: fleetcast plan gpt-moe-1.8t-90-days\n"
      "Exit codes: 0 fine, 1 regression, 2 wrong input, 3 infeasible, 70 our fault.");
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(std::string(command.key), std::string(command.meaning));
    command.declare(*sub, out);
    declare_common(*sub, command, out, format);
    sub->footer("Example: " + std::string(command.example));
  }
}

}  // namespace

std::string program_version() { return "fleetcast " FLEETCAST_VERSION; }

ParsedArguments parse_arguments(int argc, const char* const* argv) {
  check_command(argc, argv);
  ParsedArguments out;
  std::string format;
  CLI::App app("Forecasts what an AI-accelerator fleet will do: time, cost, power, and why.",
               "fleetcast");
  declare(app, out.arguments, format);
  const auto chosen = [&]() -> CLI::App& {
    const std::vector<CLI::App*> subs = app.get_subcommands();
    return subs.empty() ? app : *subs.front();
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    out.text = std::string(version.what()) + "\n";
  } catch (const CLI::CallForHelp&) {
    CLI::App& asked = chosen();
    out.text = asked.help(&asked == &app ? "" : "fleetcast");
  } catch (const CLI::ExtrasError&) {
    throw config::ConfigError(unexpected(argc, argv, chosen()));
  } catch (const CLI::Error& error) {
    throw config::ConfigError({problem_of(argc, argv, argc, "", error.what())});
  }
  if (!out.text.empty()) return out;
  out.arguments.command = chosen().get_name();
  read_format(argc, argv, format, out.arguments);
  return out;
}

}  // namespace fleetcast::cli
