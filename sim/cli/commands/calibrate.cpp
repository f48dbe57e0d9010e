#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <sstream>

#include "sim/calibration/calibrate_steps.hpp"
#include "sim/calibration/fit_kernels.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"

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
  bool has_tables = false;
  std::vector<config::MeasurementFile> steps;
};

void read_table(const std::string& path, Measured& to, std::vector<std::string>& problems) {
  std::istringstream in(config::read_document(path));
  const std::string kind = fs::path(path).filename().string();
  to.has_tables = true;
  if (kind.starts_with("attention"))
    append(read_attention_table(in, path), to.tables.attention, problems);
  else if (kind.starts_with("memory"))
    append(read_memory_table(in, path), to.tables.memory, problems);
  else
    append(read_gemm_table(in, path), to.tables.gemm, problems);
}

/// Problems of tables are lines for the user.
std::vector<std::string> read_all(const std::vector<std::string>& paths, Measured& out) {
  std::vector<std::string> problems;
  for (const std::string& path : paths) {
    if (path.ends_with(".yaml") || path.ends_with(".yml"))
      out.steps.push_back(config::load_measurements(path));
    else
      read_table(path, out, problems);
  }
  return problems;
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
  if (measured.has_tables)
    for (const fit::FittedChip& chip : fit::fit_kernels(measured.tables)) {
      save(arguments, fs::path("kernels") / (chip.file + ".yaml"), chip.yaml);
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
