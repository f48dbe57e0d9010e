#pragma once

// The commands as the command line knows them: arguments and formats.

#include <array>
#include <span>
#include <string_view>

#include "sim/cli/arguments.hpp"

namespace CLI {
class App;
}

namespace fleetcast::cli {

inline constexpr std::array<std::string_view, 3> kFormats{"table", "json", "csv"};
inline constexpr std::array<std::string_view, 2> kLineFormats{"csv", "jsonl"};
inline constexpr std::array<std::string_view, 4> kImportFormats{"yaml", "table", "json", "csv"};

/// Formats that a command writes, the first by default (import: of its kind); none where it only
/// says what it did.
using Formats = std::span<const std::string_view>;
inline constexpr Formats kReports{kFormats}, kLines{kLineFormats}, kImports{kImportFormats},
    kNoFormat{};

/// A command: what it does, and the arguments it takes beside the common ones. Its examples are
/// rows of examples.cpp, the words its arguments know rows of choices.cpp.
struct CommandLine {
  std::string_view key;
  std::string_view meaning;
  void (*declare)(CLI::App& app, Arguments& out);
  Formats formats = kReports;
  bool takes_overrides = true;
};
/// In the order of --help.
std::span<const CommandLine> command_lines();

}  // namespace fleetcast::cli
