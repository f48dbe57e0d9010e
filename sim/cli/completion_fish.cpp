#include "sim/cli/manual.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::string_view kBefore =
    R"(# Completion of fleetcast for fish. To load it: fleetcast completion fish | source

function __fleetcast_names
    fleetcast list $argv[1] --format csv 2>/dev/null | sed -e 1d -e 's/,.*//' -e 's/"//g'
end

# The command is the second word.
function __fleetcast_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end

# No file stands for a command.
complete -c fleetcast -n 'test (count (commandline -opc)) -eq 1' -f
complete -c fleetcast -n 'test (count (commandline -opc)) -eq 1' -l version
)";

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += (c == '\'' || c == '\\' ? std::string("\\") : "") + c;
  return out + "'";
}

std::string values(const ManualArgument& argument) {
  if (!argument.kind.empty()) return " -a '(__fleetcast_names " + argument.kind + ")'";
  return argument.words.empty() ? "" : " -a '" + argument.words + "'";
}

std::string line(const ManualCommand& command, const ManualArgument& argument) {
  std::string out = "complete -c fleetcast -n '__fleetcast_is " + command.key + "'";
  if (argument.is_placed()) {
    const std::string words = values(argument);
    return words.empty() ? "" : out + words + "\n";
  }
  for (const std::string& name : argument.names)
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!argument.value.empty()) out += values(argument).empty() ? " -r" : " -x" + values(argument);
  return out + " -d " + quoted(argument.meaning) + "\n";
}

}  // namespace

std::string fish_completion(std::span<const ManualCommand> commands) {
  std::string out(kBefore);
  for (const ManualCommand& command : commands) {
    out += "\ncomplete -c fleetcast -n 'test (count (commandline -opc)) -eq 1' -a " + command.key +
           " -d " + quoted(command.meaning) + "\n";
    for (const ManualArgument& argument : command.arguments) out += line(command, argument);
  }
  return out;
}

}  // namespace fleetcast::cli
