#include "sim/cli/manual.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::string_view kBefore =
    R"(# Completion of fleetcast for bash. To load it: source <(fleetcast completion bash)

_fleetcast_names() {
  "${COMP_WORDS[0]}" list "$1" --format csv 2>/dev/null | sed -e 1d -e 's/,.*//' -e 's/"//g'
}

_fleetcast() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local command=${COMP_WORDS[1]} place=0 options valued words kind i
  # Bash makes words of their own of "=" and ":".
  if [[ $word == = ]]; then word=''
  elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; [[ $before == -* ]] || place=none
  elif [[ $before == : || $word == : ]]; then before=''; place=none
  fi
)";

constexpr std::string_view kBetween = R"(  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == [=:] ]]; then
      ((i++))
    elif [[ " $valued " == *" ${COMP_WORDS[i]} "* ]]; then
      [[ ${COMP_WORDS[i+1]} == = ]] || ((i++))
    elif [[ ${COMP_WORDS[i]} != -* && $place != none ]]; then
      ((place++))
    fi
  done
  if [[ -n $before && " $valued " == *" $before "* ]]; then
    place=$before
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
    return
  fi
)";

constexpr std::string_view kAfter = R"(  [[ -n $kind ]] && words=$(_fleetcast_names "$kind")
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$word"))
}

complete -o bashdefault -o default -F _fleetcast fleetcast
)";

/// "    estimate) options='--system' valued='--system' ;;".
std::string options_line(const ManualCommand& command) {
  std::string options, valued;
  for (const ManualArgument& argument : command.arguments) {
    if (argument.is_placed()) continue;
    for (const std::string& name : argument.names) {
      options += (options.empty() ? "" : " ") + name;
      if (!argument.value.empty()) valued += (valued.empty() ? "" : " ") + name;
    }
  }
  return "    " + command.key + ") options='" + options + "' valued='" + valued + "' ;;\n";
}

/// "    estimate:--format) words='table json csv' ;;", a line an argument that has any.
std::string words_lines(const ManualCommand& command) {
  std::string out;
  int place = 0;
  for (const ManualArgument& argument : command.arguments) {
    const std::string at = argument.is_placed() ? std::to_string(place++) : argument.names.back();
    const std::string label = "    " + command.key + ":" + at + ") ";
    if (!argument.kind.empty())
      out += label + "kind=" + argument.kind + " ;;\n";
    else if (!argument.words.empty())
      out += label + "words='" + argument.words + "' ;;\n";
  }
  return out;
}

}  // namespace

std::string bash_completion(std::span<const ManualCommand> commands) {
  std::string keys, options, words;
  for (const ManualCommand& command : commands) {
    keys += command.key + " ";
    options += options_line(command);
    words += words_lines(command);
  }
  return std::string(kBefore) +
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W '" +
         keys +
         "--help --version' -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case $command in\n" +
         options + "    *) return ;;\n  esac\n" + std::string(kBetween) +
         "  case $command:$place in\n" + words + "  esac\n" + std::string(kAfter);
}

}  // namespace fleetcast::cli
