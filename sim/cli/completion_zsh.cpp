#include "sim/cli/manual.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::string_view kBefore = R"zsh(#compdef fleetcast
# Completion of fleetcast for zsh. To load it: source <(fleetcast completion zsh)

_fleetcast_names() {
  local -a names
  names=(${(f)"$(fleetcast list $1 --format csv 2>/dev/null | sed -e 1d -e 's/,.*//' -e 's/"//g')"})
  compadd -a names
}

_fleetcast() {
  local -a commands=(
)zsh";

constexpr std::string_view kBetween = R"zsh(  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
)zsh";

constexpr std::string_view kAfter = R"zsh(  esac
}

if [[ $funcstack[1] == _fleetcast ]]; then
  _fleetcast "$@"
else
  compdef _fleetcast fleetcast
fi
)zsh";

/// Within single quotes and, where `special` says so, behind a backslash each.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (special.find(c) != std::string_view::npos)
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

/// What completes an argument, as _arguments wants it: ":FORMAT:(table json csv)".
std::string action(const ManualArgument& argument) {
  if (!argument.is_placed() && argument.value.empty()) return "";
  const std::string name = argument.is_placed() ? argument.names.front() : argument.value;
  const std::string label = ":" + escaped(name, ":") + ":";
  if (!argument.kind.empty()) {
    const std::string names = "_fleetcast_names " + argument.kind;
    return label + (argument.is_placed() ? "{" + names + "; _files}" : "{" + names + "}");
  }
  return label + (argument.words.empty() ? "_files" : "(" + argument.words + ")");
}

std::string specification(const ManualArgument& argument) {
  if (argument.is_placed())
    return "'" + std::string(argument.is_repeated ? "*" : "") + action(argument) + "'";
  std::string out;
  for (const std::string& name : argument.names)
    out += (out.empty() ? "'" : " '") + std::string(argument.is_repeated ? "*" : "") + name +
           (argument.value.empty() || !name.starts_with("--") ? "[" : "=[") +
           escaped(argument.meaning, "[]\\:") + "]" + action(argument) + "'";
  return out;
}

}  // namespace

std::string zsh_completion(std::span<const ManualCommand> commands) {
  std::string keys, cases;
  for (const ManualCommand& command : commands) {
    keys += "    '" + command.key + ":" + escaped(command.meaning, "\\:") + "'\n";
    cases += "    " + command.key + ")\n      _arguments";
    for (const ManualArgument& argument : command.arguments)
      cases += " \\\n        " + specification(argument);
    cases += " ;;\n";
  }
  return std::string(kBefore) + keys + std::string(kBetween) + cases + std::string(kAfter);
}

}  // namespace fleetcast::cli
