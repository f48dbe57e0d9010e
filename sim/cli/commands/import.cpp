#include <algorithm>
#include <array>
#include <span>

#include "models/base/nearest.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"
#include "sim/interchange/chakra_graph.hpp"
#include "sim/interchange/chakra_summary.hpp"
#include "sim/interchange/hf.hpp"
#include "sim/interchange/megatron.hpp"
#include "sim/interchange/nccl.hpp"

namespace fleetcast::cli {
namespace {

/// What can be read, by who writes it; formats, the first by default.
struct Kind {
  std::string_view key;
  void (*read)(const Arguments& arguments);
  Formats formats;
  bool takes_many;
};

[[noreturn]] void refuse(const std::string& key, const std::string& what) {
  throw config::ConfigError({{"command line", 1, 1, key, what}});
}

/// With a format of reports.
Arguments as_report(Arguments arguments) {
  arguments.format = static_cast<Format>(
      std::find(kFormats.begin(), kFormats.end(), arguments.export_format) - kFormats.begin());
  return arguments;
}

void read_hf(const Arguments& arguments) {
  const std::string& path = arguments.files.front();
  print(arguments, interchange::to_yaml(interchange::import_hf(config::parse_file(path)), path));
}

void read_megatron(const Arguments& arguments) {
  if (arguments.system.empty())
    refuse("--system", "is missing: the GPUs that it runs on, see `fleetcast list clusters`");
  config::path_of("clusters", {arguments.system, {}});
  const std::string& path = arguments.files.front();
  print(arguments,
        interchange::megatron_scenario(path, config::read_document(path), arguments.system));
}

void read_chakra(const Arguments& arguments) {
  namespace chakra = interchange::chakra;
  constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
  std::vector<config::Problem> problems;
  std::vector<chakra::Trace> traces;
  for (const std::string& file : arguments.files)
    traces.push_back(
        chakra::read_trace(file, config::read_bytes(file, kMostBytes, "a trace"), problems));
  const std::vector<config::Problem> more = chakra::check(traces);
  problems.insert(problems.end(), more.begin(), more.end());
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  write(as_report(arguments), chakra::summary_of(traces));
}

void read_nccl_tests(const Arguments& arguments) {
  const std::vector<CollectiveRow> rows =
      interchange::read_nccl_logs(arguments.files, arguments.link);
  if (arguments.export_format != "yaml")
    return write(as_report(arguments), interchange::nccl_table(rows));
  const fit::NewFile file = interchange::nccl_fabric(rows, today());
  print(arguments, "# " + file.name + " of a folder for --configs\n" + file.text);
}

constexpr std::array<std::string_view, 1> kYaml{"yaml"};
constexpr std::array<Kind, 4> kKinds{{
    {"hf", read_hf, kYaml, false},
    {"megatron", read_megatron, kYaml, false},
    {"chakra", read_chakra, kReports, true},
    {"nccl-tests", read_nccl_tests, kImports, true},
}};

void run(const Kind& kind, Arguments arguments) {
  if (arguments.export_format.empty()) arguments.export_format = kind.formats.front();
  const std::string& format = arguments.export_format;
  if (std::find(kind.formats.begin(), kind.formats.end(), format) == kind.formats.end())
    refuse("--format", fleetcast::quoted(format) + " is not a format of " + std::string(kind.key) +
                           suggestion(format, "formats", kind.formats));
  if (!kind.takes_many && arguments.files.size() > 1)
    refuse("", fleetcast::quoted(arguments.files[1]) + " is one argument too many");
  kind.read(arguments);
}

}  // namespace

int run_import(const Arguments& arguments) {
  std::vector<std::string_view> known;
  for (const Kind& kind : kKinds) {
    known.push_back(kind.key);
    if (kind.key != arguments.kind) continue;
    run(kind, arguments);
    return kFine;
  }
  refuse("KIND", fleetcast::quoted(arguments.kind) + " is not known here" +
                     suggestion(arguments.kind, "known", known));
}

}  // namespace fleetcast::cli
