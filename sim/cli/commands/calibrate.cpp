#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/calibration/fit_collectives.hpp"
#include "sim/calibration/fit_implementations.hpp"
#include "sim/calibration/fit_kernels.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"
#include "sim/validation/nccl_log.hpp"

namespace fleetcast::cli {
namespace {

template <class Row>
void append(KernelTable<Row> table, std::vector<Row>& rows, std::vector<std::string>& problems) {
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  problems.insert(problems.end(), table.problems.begin(), table.problems.end());
}

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

}  // namespace

int run_calibrate(const Arguments& arguments) {
  fit::KernelTables tables;
  std::vector<std::string> problems;
  for (const std::string& path : arguments.files) read_table(path, tables, problems);
  for (const std::string& problem : problems) complain(problem);
  if (!problems.empty()) return kWrongInput;
  std::string text;
  for (const fit::FittedChip& chip : fit_all(tables)) {
    const std::filesystem::path path = std::filesystem::path(arguments.out) / (chip.file + ".yaml");
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << chip.yaml;
    text += chip.file + "\n" + chip.quality + "\n";
  }
  print({}, text);
  return kFine;
}

}  // namespace fleetcast::cli
