
#include "sim/cli/arguments.hpp"
#include "sim/cli/manual.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::string_view kDescription = R"(.SH DESCRIPTION
Fleetcast forecasts what an AI-accelerator fleet will do: how long a training run takes, how many GPUs
meet a deadline, what it draws, costs and loses to failures, and why.
A scenario says what is trained on what; it is a YAML file, or a name that
.B fleetcast list scenarios
prints.
)";

constexpr std::string_view kEnd = R"(.SH EXIT STATUS
.TP
.B 0
fine
.TP
.B 1
a regression: a comparison or a validation that got worse
.TP
.B 2
wrong input; every problem is on standard error as
.I file:line:column: key: what
.TP
.B 3
infeasible: no plan runs, or none meets the deadline, and why
.TP
.B 70
a fault of the program
.TP
.B 130
interrupted
.SH ENVIRONMENT
.TP
.B FLEETCAST_CONFIGS
the folder of built-in files instead of the one beside the program
.TP
.B NO_COLOR
set and not empty: no color, unless
.B \-\-color always
asks for it
)";

/// Text of one line that troff takes for nothing else.
std::string escaped(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '`')
      out += "\\(ga";
    else
      out += c;
  }
  return out;
}

std::string in_font(char font, std::string_view text) {
  return std::string("\\f") + font + escaped(text) + "\\fR";
}

std::string tag(const ManualArgument& argument) {
  if (argument.is_placed()) return in_font('I', argument.names.front());
  std::string out;
  for (const std::string& name : argument.names)
    out += (out.empty() ? "" : ", ") + in_font('B', name);
  return out + (argument.value.empty() ? "" : " " + in_font('I', argument.value));
}

std::string synopsis(const ManualCommand& command) {
  std::string out = ".B fleetcast " + escaped(command.key) + "\n[\\fIOPTIONS\\fR]";
  for (const ManualArgument& argument : command.arguments) {
    if (!argument.is_required && !argument.is_placed()) continue;
    const std::string text = tag(argument);
    out += argument.is_required ? " " + text : " [" + text + "]";
  }
  return out + "\n";
}

std::string section(const ManualCommand& command) {
  std::string out = ".SS " + escaped(command.key) + "\n" + escaped(command.meaning) + "\n.PP\n" +
                    synopsis(command);
  for (const ManualArgument& argument : command.arguments) {
    out += ".TP\n" + tag(argument) + "\n" + escaped(argument.meaning);
    if (argument.is_required && !argument.is_placed()) out += " (required)";
    out += "\n";
  }
  for (const Example& example : examples())
    if (example.command == command.key)
      out += ".PP\n" + escaped(example.phrase) + ":\n.PP\n.RS 4\n.nf\n" +
             escaped("fleetcast " + command.key + (example.arguments.empty() ? "" : " ") +
                     std::string(example.arguments)) +
             "\n.fi\n.RE\n";
  return out;
}

}  // namespace

std::string man_page(std::span<const ManualCommand> commands) {
  std::string out = ".TH FLEETCAST 1 \"\" \"" + program_version() +
                    "\" \"User Commands\"\n"
                    ".SH NAME\nfleetcast \\- performance and capacity of AI-accelerator fleets\n"
                    ".SH SYNOPSIS\n.B fleetcast\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR] ...\n";
  out += kDescription;
  out += ".SH COMMANDS\n";
  for (const ManualCommand& command : commands) out += section(command);
  return out + std::string(kEnd);
}

}  // namespace fleetcast::cli
