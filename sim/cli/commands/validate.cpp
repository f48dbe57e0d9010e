#include "sim/validation/validate.hpp"

#include <array>
#include <functional>
#include <sstream>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"
#include "sim/report/accuracy.hpp"
#include "sim/report/markdown.hpp"
#include "sim/validation/accuracy.hpp"
#include "sim/validation/kernels.hpp"
#include "sim/validation/peer.hpp"

namespace fleetcast::cli {
namespace {

/// All files, or the problems of all of them.
std::vector<config::MeasurementFile> load_all(const std::vector<std::string>& paths) {
  std::vector<config::MeasurementFile> files;
  std::vector<config::Problem> problems;
  for (const std::string& path : paths) {
    try {
      files.push_back(config::load_measurements(path));
    } catch (const config::ConfigError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  return files;
}

/// A table's text, read once to know its kind.
struct Table {
  std::string path, document;
  TableKind kind;
};

std::vector<Table> read_tables(const std::vector<std::string>& paths) {
  std::vector<Table> out;
  for (const std::string& path : paths) {
    std::string document = config::read_document(path);
    const TableKind kind = kind_of_table(std::string_view(document).substr(0, document.find('\n')));
    if (!out.empty() && kind != out.front().kind)
      throw config::ConfigError(
          {{path, 1, 1, "", "is not of the kind of " + out.front().path + ": one kind at a time"}});
    out.push_back({path, std::move(document), kind});
  }
  return out;
}

template <class Row>
int judge_all(const Arguments& arguments, const std::vector<Table>& tables,
              KernelTable<Row> (*read)(std::istream&, std::string_view),
              const std::function<KernelValidation(const std::vector<Row>&)>& judge) {
  KernelTable<Row> all;
  for (const Table& table : tables) {
    std::istringstream text(table.document);
    KernelTable<Row> own = read(text, table.path);
    all.rows.insert(all.rows.end(), own.rows.begin(), own.rows.end());
    all.problems.insert(all.problems.end(), own.problems.begin(), own.problems.end());
  }
  for (const std::string& problem : all.problems) complain(problem);
  if (!all.problems.empty()) return kWrongInput;
  write(arguments, judge(all.rows));
  return kFine;
}

int run_kernels(const Arguments& arguments, Engine engine) {
  if (!arguments.files.empty())
    throw config::ConfigError(
        {{"command line", 1, 1, "--kernels", "goes without measurement files"}});
  const std::vector<Table> tables = read_tables(arguments.kernels);
  switch (tables.front().kind) {
    case TableKind::kGemm:
      return judge_all<GemmRow>(arguments, tables, read_gemm_table,
                                [&](const auto& rows) { return validate_gemms(rows, engine); });
    case TableKind::kAttention:
      return judge_all<AttentionRow>(
          arguments, tables, read_attention_table,
          [&](const auto& rows) { return validate_attention(rows, engine); });
    case TableKind::kMemory:
      return judge_all<MemoryRow>(arguments, tables, read_memory_table,
                                  [&](const auto& rows) { return validate_memory(rows, engine); });
    case TableKind::kCollective:
      if (engine == Engine::kEvent)
        throw config::ConfigError(
            {{"command line", 1, 1, "--engine", "event has no collectives, only kernels"}});
      return judge_all<CollectiveRow>(arguments, tables, read_collective_table,
                                      validate_collectives);
  }
  return kWrongInput;
}

std::string document_of(std::string_view key, const report::ValidationReport& report) {
  const Validation& validation = report.validation;
  if (key == "markdown") return report::validation_markdown(report);
  if (key == "chart") return report::validation_chart(validation);
  if (key == "deviations") return report::deviations_markdown(report);
  if (key == "peers") return report::peers_markdown(compare_peers(load_peers(), validation));
  return to_yaml(accuracy_of(validation));
}

int run_against(const Arguments& arguments, const Validation& validation) {
  if (!arguments.document.empty())
    throw config::ConfigError(
        {{"command line", 1, 1, "--against", "goes without --" + arguments.document}});
  const std::vector<AccuracyChange> changes =
      compare(load_accuracy(arguments.against), accuracy_of(validation));
  write(arguments, report::accuracy_listing(changes));
  const std::string regression = report::regression_text(changes);
  if (regression.empty()) return kFine;
  complain(regression);
  return kRegression;
}

Engine engine_of(const std::string& key) {
  constexpr std::array<std::string_view, 2> kEngines{"analytic", "event"};
  if (key.empty() || key == kEngines[0]) return Engine::kAnalytic;
  if (key == kEngines[1]) return Engine::kEvent;
  throw config::ConfigError(
      {{"command line", 1, 1, "--engine",
        fleetcast::quoted(key) + " is not known here" + suggestion(key, "known", kEngines)}});
}

}  // namespace

int run_validate(const Arguments& arguments) {
  const Engine engine = engine_of(arguments.engine);
  if (!arguments.kernels.empty()) return run_kernels(arguments, engine);
  std::vector<std::string> paths =
      arguments.files.empty() ? default_measurements() : arguments.files;
  if (arguments.document == "peers")
    for (const std::string& path : peer_measurements()) paths.push_back(path);
  const std::vector<config::MeasurementFile> files = load_all(paths);
  const config::Overrides overrides = config::sort_overrides(arguments.sets);
  if (!overrides.scenario.empty())
    throw config::ConfigError(
        {{"--set", 1, 1, overrides.scenario.front(),
          "rows have no scenario; start with cluster., gpu., kernels. or stack."}});
  const report::ValidationReport report{validate(files, overrides, engine), load_known_gaps(),
                                        arguments.all_rows};
  if (!arguments.against.empty()) return run_against(arguments, report.validation);
  if (arguments.document.empty())
    write(arguments, report);
  else
    print(arguments, document_of(arguments.document, report));
  return kFine;
}

}  // namespace fleetcast::cli
