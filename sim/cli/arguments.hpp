#pragma once

// The command line as a plain value.

#include <string>
#include <vector>

namespace fleetcast::cli {

enum class Format : unsigned char { kTable, kJson, kCsv };

struct Arguments {
  std::string command;
  std::string scenario;            ///< path, or a name in configs/scenarios
  std::string system, precision;   ///< estimate, search: of those the scenario names, or any other
  std::vector<std::string> files;  ///< validate, calibrate
  bool deviations = false;         ///< validate: the document of known deviations
  std::string kernels;             ///< validate: table of measured kernels
  std::string out;                 ///< calibrate: folder for the files it writes
  std::string kind, name;          ///< list, show
  std::vector<std::string> sets;   ///< path=value
  Format format = Format::kTable;
  std::string output;  ///< file; empty: standard output
};

/// A command line, or what to print instead (--help, --version).
struct ParsedArguments {
  Arguments arguments;
  std::string text;  ///< not empty: print this and end
};

/// Throws: config::ConfigError with what is wrong, placed in the command line.
ParsedArguments parse_arguments(int argc, const char* const* argv);

}  // namespace fleetcast::cli
