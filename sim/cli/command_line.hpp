#pragma once

// The commands as the command line knows them: arguments, formats, examples.

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

/// A command: what it does, an example, and the arguments it takes beside the common ones.
struct CommandLine {
  std::string_view key;
  std::string_view meaning;
  std::string_view example;
  void (*declare)(CLI::App& app, Arguments& out);
  Formats formats = kReports;
  bool takes_overrides = true;
};
/// In the order of --help.
std::span<const CommandLine> command_lines();

}  // namespace fleetcast::cli
