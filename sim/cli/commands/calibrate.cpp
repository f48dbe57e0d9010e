#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/calibration/fit_kernels.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"

namespace fleetcast::cli {
namespace {

template <class Row>
void append(KernelTable<Row> table, std::vector<Row>& rows, std::vector<std::string>& problems) {
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  problems.insert(problems.end(), table.problems.begin(), table.problems.end());
}

void read_table(const std::string& path, fit::KernelTables& to,
                std::vector<std::string>& problems) {
  std::istringstream in(config::read_document(path));
  const std::string kind = std::filesystem::path(path).filename().string();
  if (kind.starts_with("attention"))
    append(read_attention_table(in, path), to.attention, problems);
  else if (kind.starts_with("memory"))
    append(read_memory_table(in, path), to.memory, problems);
  else
    append(read_gemm_table(in, path), to.gemm, problems);
}

}  // namespace

int run_calibrate(const Arguments& arguments) {
  fit::KernelTables tables;
  std::vector<std::string> problems;
  for (const std::string& path : arguments.files) read_table(path, tables, problems);
  for (const std::string& problem : problems) complain(problem);
  if (!problems.empty()) return kWrongInput;
  std::string text;
  std::filesystem::create_directories(arguments.out);
  for (const fit::FittedChip& chip : fit::fit_kernels(tables)) {
    std::ofstream(std::filesystem::path(arguments.out) / (chip.file + ".yaml")) << chip.yaml;
    text += chip.file + "\n" + chip.quality + "\n";
  }
  print({}, text);
  return kFine;
}

}  // namespace fleetcast::cli
