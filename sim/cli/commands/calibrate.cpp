#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <sstream>

#include "sim/calibration/calibrate_steps.hpp"
#include "sim/calibration/fit_collectives.hpp"
#include "sim/calibration/fit_implementations.hpp"
#include "sim/calibration/fit_kernels.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"
#include "sim/validation/nccl_log.hpp"

namespace fleetcast::cli {
namespace {

namespace fs = std::filesystem;

template <class Row>
void append(KernelTable<Row> table, std::vector<Row>& rows, std::vector<std::string>& problems) {
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  problems.insert(problems.end(), table.problems.begin(), table.problems.end());
}

/// What the command line named, read.
struct Measured {
  fit::KernelTables tables;
  std::vector<config::MeasurementFile> steps;
};

void read_table(const std::string& path, fit::KernelTables& to,
                std::vector<std::string>& problems) {
  const std::string document = config::read_document(path);
  std::istringstream in(document);
  if (path.ends_with(".log") || path.ends_with(".txt"))
    return append(read_nccl_log(in, path), to.collectives, problems);
  switch (kind_of_table(std::string_view(document).substr(0, document.find('\n')))) {
    case TableKind::kGemm: return append(read_gemm_table(in, path), to.gemm, problems);
    case TableKind::kAttention:
      return append(read_attention_table(in, path), to.attention, problems);
    case TableKind::kMemory: return append(read_memory_table(in, path), to.memory, problems);
    case TableKind::kCollective:
      return append(read_collective_table(in, path), to.collectives, problems);
  }
}

/// Problems of tables are lines for the user.
std::vector<std::string> read_all(const std::vector<std::string>& paths, Measured& out) {
  std::vector<std::string> problems;
  for (const std::string& path : paths) {
    if (path.ends_with(".yaml") || path.ends_with(".yml"))
      out.steps.push_back(config::load_measurements(path));
    else
      read_table(path, out.tables, problems);
  }
  return problems;
}

std::vector<fit::FittedChip> fit_all(const fit::KernelTables& tables) {
  std::vector<fit::FittedChip> out;
  const auto add = [&](std::vector<fit::FittedChip> files) {
    out.insert(out.end(), files.begin(), files.end());
  };
  const bool kernels = !tables.attention.empty() || !tables.memory.empty();
  if (kernels || !tables.gemm.empty()) add(fit::fit_kernels(tables));
  if (kernels) add(fit::fit_implementations(tables));
  if (!tables.collectives.empty()) add(fit::fit_collectives(tables.collectives));
  return out;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", std::gmtime(&now));
  return text.data();
}

/// Into the folder of --out, whole or not at all.
void save(const Arguments& arguments, const fs::path& name, const std::string& text) {
  const fs::path path = fs::path(arguments.out) / name;
  fs::create_directories(path.parent_path());
  Arguments file = arguments;
  file.output = path.string();
  print(file, text);
}

std::string steps_text(const fit::StepCalibration& c) {
  std::string out = "calibration\n" + c.file.provenance;
  for (const fit::Fitted& f : fit::kFitted)
    out += std::string("  ") + f.key + " " + std::to_string(c.file.steps.*f.member) + "\n";
  for (const std::string& skipped : c.skipped) out += "  skipped " + skipped + "\n";
  return out;
}

}  // namespace

int run_calibrate(const Arguments& arguments) {
  Measured measured;
  const std::vector<std::string> problems = read_all(arguments.files, measured);
  for (const std::string& problem : problems) complain(problem);
  if (!problems.empty()) return kWrongInput;
  std::string text;
  for (const fit::FittedChip& chip : fit_all(measured.tables)) {
    save(arguments, chip.file + ".yaml", chip.yaml);
    text += chip.file + "\n" + chip.quality + "\n";
  }
  if (!measured.steps.empty()) {
    SystemShelf shelf(config::sort_overrides(arguments.sets));
    const fit::StepCalibration steps =
        fit::calibrate_steps(measured.steps, shelf.calibration(), shelf, today());
    save(arguments, "calibration.yaml", fit::yaml_of(steps));
    text += steps_text(steps);
  }
  print({}, text);
  return kFine;
}

}  // namespace fleetcast::cli
