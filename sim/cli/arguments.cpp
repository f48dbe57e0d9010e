#include "sim/cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string_view>

#include "models/base/nearest.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/manual.hpp"
#include "sim/config/problem.hpp"
#include "sim/report/table.hpp"

namespace fleetcast::cli {
namespace {

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

void declare_common(CLI::App& app, const CommandLine& command, Arguments& out,
                    std::string& format) {
  if (!command.formats.empty())
    app.add_option("--format", format, list_text(command.formats))->option_text("FORMAT");
  if (command.formats.data() == kReports.data())
    app.add_option("--color", out.color,
                   "auto (default: on a terminal, unless NO_COLOR is set), always or never")
        ->option_text("WHEN");
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

constexpr std::size_t kColumn = 30;  ///< where CLI11 begins descriptions

/// Help for a terminal of the usual width: long descriptions go on under their beginning. Lines to
/// be copied stay whole.
std::string in_width(const std::string& help) {
  const report::Style style;
  std::string out;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const bool is_short = line.size() <= static_cast<std::size_t>(style.width);
    if (is_short || line.starts_with("  fleetcast ")) {
      out += line + "\n";
      continue;
    }
    const std::size_t text = line[kColumn - 1] == ' ' && line.front() == ' ' ? kColumn : 0;
    out += line.substr(0, text) +
           report::wrapped(line.substr(text), static_cast<int>(text), style).substr(text);
  }
  return out;
}

void check_command(int argc, const char* const* argv) {
  const std::string_view word = argc < 2 ? "" : argv[1];
  std::vector<std::string_view> names;
  for (const CommandLine& command : command_lines()) names.push_back(command.key);
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
  const auto command = std::find_if(command_lines().begin(), command_lines().end(),
                                    [&](const CommandLine& c) { return c.key == out.command; });
  const Formats known = command->formats;
  if (known.empty()) return;
  if (text.empty() && known.data() == kImports.data()) return;
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

void check_color(int argc, const char* const* argv, const std::string& word) {
  constexpr std::array<std::string_view, 3> kKnown{"auto", "always", "never"};
  if (std::find(kKnown.begin(), kKnown.end(), word) != kKnown.end()) return;
  throw config::ConfigError({problem_of(
      argc, argv, index_of(argc, argv, word), "--color",
      fleetcast::quoted(word) + " is not known here" + suggestion(word, "known", kKnown))});
}

void declare(CLI::App& app, Arguments& out, std::string& format) {
  app.require_subcommand(1);
  app.set_version_flag("--version", program_version());
  app.set_help_flag("-h,--help", "this text");
  app.footer(
      "Examples:\n"
      "  fleetcast plan gpt-moe-1.8t-90-days\n"
      "      how many GPUs of each system meet 90 days\n"
      "  fleetcast explain --help\n"
      "      arguments and examples of a command\n"
      "Exit codes: 0 fine, 1 regression, 2 wrong input, 3 infeasible, 70 our fault.");
  for (const CommandLine& command : command_lines()) {
    CLI::App* sub = app.add_subcommand(std::string(command.key), std::string(command.meaning));
    command.declare(*sub, out);
    declare_common(*sub, command, out, format);
    sub->footer(examples_text(command.key));
  }
}

/// "a b c".
std::string joined(Formats words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : " ") + std::string(word);
  return out;
}

void add_choices(const CommandLine& command, ManualArgument& out) {
  if (out.names.back() == "--format") out.words = joined(command.formats);
  for (const Choice& choice : choices()) {
    const bool is_here = choice.command.empty() || choice.command == command.key;
    if (!is_here || choice.argument != out.names.back()) continue;
    out.words = choice.words;
    out.kind = choice.kind;
  }
}

ManualArgument manual_argument(const CLI::Option& option, const CommandLine& command) {
  constexpr std::string_view kRequired = " REQUIRED";
  ManualArgument out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (out.names.empty()) out.names.push_back(option.get_name());
  const bool is_flag = option.get_items_expected_max() == 0;
  if (!is_flag)
    out.value =
        option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
  if (out.value.ends_with(kRequired)) out.value.resize(out.value.size() - kRequired.size());
  out.meaning = option.get_description();
  out.is_required = option.get_required();
  out.is_repeated = option.get_items_expected_max() > 1;
  add_choices(command, out);
  return out;
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
    out.text = in_width(asked.help(&asked == &app ? "" : "fleetcast"));
  } catch (const CLI::ExtrasError&) {
    throw config::ConfigError(unexpected(argc, argv, chosen()));
  } catch (const CLI::Error& error) {
    throw config::ConfigError({problem_of(argc, argv, argc, "", error.what())});
  }
  if (!out.text.empty()) return out;
  out.arguments.command = chosen().get_name();
  read_format(argc, argv, format, out.arguments);
  check_color(argc, argv, out.arguments.color);
  return out;
}

std::vector<ManualCommand> manual() {
  Arguments arguments;
  std::string format;
  CLI::App app;
  declare(app, arguments, format);
  std::vector<ManualCommand> out;
  for (const CommandLine& command : command_lines()) {
    out.push_back({std::string(command.key), std::string(command.meaning), {}});
    for (const CLI::Option* option : app.get_subcommand(std::string(command.key))->get_options())
      out.back().arguments.push_back(manual_argument(*option, command));
  }
  return out;
}

}  // namespace fleetcast::cli
