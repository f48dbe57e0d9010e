#pragma once

// The command line as a plain value.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleetcast::cli {

enum class Format : unsigned char { kTable, kJson, kCsv };

struct Arguments {
  std::string command;
  std::string scenario;           ///< path, or a name in configs/scenarios
  std::string system, precision;  ///< of those the scenario names, or any other; import: of the run
  std::string objective;          ///< search: what is to be least; empty: time
  unsigned threads = 0;           ///< search, plan, sweep; 0: all
  bool curve = false;             ///< plan: fleets around the answer as well
  std::string from, to;           ///< explain: system[:precision]; empty: one system
  std::string solve, until;       ///< explain: a field, and a condition; empty: none
  std::string scale;              ///< simulate: chip, step, run
  std::string trace;              ///< simulate: file of the timeline; empty: none
  std::string collective;         ///< simulate: one instead of a step, op:bytes:ranks
  bool full = false;              ///< simulate: every rank, although they do the same
  std::vector<std::string> one_kernel;  ///< simulate, chip: instead of the plan's layers
  std::string beside;              ///< simulate, chip: bytes a second of communication; empty: none
  int beside_sms = -1;             ///< simulate, chip: SMs it takes; -1: the usual number
  bool watch = false;              ///< simulate: progress although nobody asked the terminal
  std::uint64_t seed = 1;          ///< simulate: of all that is drawn at random
  std::uint64_t runs = 1000;       ///< simulate --scale run
  unsigned processes = 0;          ///< simulate --scale run; 0: all
  std::string sweep;               ///< sweep: path, or a name in configs/sweeps
  std::string shard;               ///< sweep: "2/8", which of how many equal parts; empty: all
  std::vector<std::string> files;  ///< validate, calibrate, merge, export, import
  std::string document;   ///< validate: what to write instead of the answer, see kDocuments
  std::string against;    ///< validate: accuracy that was accepted
  std::string engine;     ///< validate: analytic (also when empty), event
  bool all_rows = false;  ///< validate: each row in the table as well
  std::vector<std::string> kernels;  ///< validate: tables of measured kernels
  std::string out;    ///< calibrate, export: folder for the files; sweep, merge: results
  bool anew = false;  ///< calibrate: the project's own files from public tables
  std::vector<std::string> tolerances;  ///< compare
  std::string junit;                    ///< compare: file of test cases; empty: none
  bool markdown = false;                ///< compare: for a job's page
  std::string kind, name;               ///< list, show, completion; import: kind
  std::string ranks;                    ///< export: whose traces; empty: of each stage the first
  std::string link;                     ///< import: between the nodes that logs are of
  std::vector<std::string> sets;        ///< path=value
  std::optional<std::string> configs;   ///< folder whose files are taken before those of configs/
  std::string color = "auto";  ///< of tables: auto (on a terminal, without NO_COLOR), always, never
  Format format = Format::kTable;
  std::string export_format;  ///< export: csv, jsonl; import: empty: as its kind has it
  std::string output;         ///< file; empty: standard output
};

/// A document that validation writes; its key behind "--" asks for it.
struct Document {
  std::string_view key, meaning;
};
inline constexpr std::array<Document, 5> kDocuments{{
    {"markdown", "accuracy by system, precision, model and stack, as Markdown"},
    {"chart", "predicted against measured, as SVG"},
    {"deviations", "where predictions are off and why, as Markdown"},
    {"peers", "other programs on the rows they publish, as Markdown"},
    {"accuracy", "what --against compares with, as YAML"},
}};

/// A command line, or what to print instead (--help, --version).
struct ParsedArguments {
  Arguments arguments;
  std::string text;  ///< not empty: print this and end
};

/// "fleetcast 0.1.0".
std::string program_version();

/// Throws: config::ConfigError with what is wrong, placed in the command line.
ParsedArguments parse_arguments(int argc, const char* const* argv);

}  // namespace fleetcast::cli
