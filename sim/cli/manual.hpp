#pragma once

// The command line described as plain values, for help, completion scripts and the man page.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleetcast::cli {

/// A command line that works, and what it shows.
struct Example {
  std::string_view command;
  std::string_view arguments;  ///< as typed in a shell behind "fleetcast COMMAND "
  std::string_view phrase;
};
/// One to three a command, in the order of --help.
std::span<const Example> examples();

/// "Examples:" and those of `command`, each with its phrase below.
std::string examples_text(std::string_view command);

/// What may stand for an argument: words, or the names that `fleetcast list KIND` gives.
struct Choice {
  std::string_view command;  ///< empty: wherever the argument is taken
  std::string_view argument;
  std::string_view words;  ///< a space between two; empty: names
  std::string_view kind;
};
/// Formats are not among them: they belong to their command.
std::span<const Choice> choices();

struct ManualArgument {
  std::vector<std::string> names;  ///< "-o", "--output"; one without dashes: by place
  std::string value;               ///< "FILE"; empty: a flag
  std::string meaning;
  bool is_required = false;
  bool is_repeated = false;  ///< takes several, or may be given several times
  std::string words, kind;   ///< as in Choice; both empty: anything, a file perhaps

  [[nodiscard]] bool is_placed() const { return !names.front().starts_with('-'); }
};

struct ManualCommand {
  std::string key, meaning;
  std::vector<ManualArgument> arguments;  ///< in the order of --help
};

/// In the order of --help. Defined with the parser (arguments.cpp), from the same declarations.
std::vector<ManualCommand> manual();

/// Completion scripts: commands, options, words, and names that the program lists when asked.
std::string bash_completion(std::span<const ManualCommand> commands);
std::string zsh_completion(std::span<const ManualCommand> commands);
std::string fish_completion(std::span<const ManualCommand> commands);

/// fleetcast(1) in the man macros of troff.
std::string man_page(std::span<const ManualCommand> commands);

}  // namespace fleetcast::cli
