#include "sim/calibration/measured.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "models/base/nearest.hpp"
#include "sim/config/document.hpp"
#include "sim/config/library.hpp"
#include "sim/validation/chip_shelf.hpp"
#include "sim/validation/nccl_log.hpp"

namespace fleetcast::fit {
namespace {

/// A file and what it adds to.
struct Source {
  const std::string& path;
  const std::string& text;
  bool any_gpu;
};

/// "line:column" of the first cell that holds this.
std::string place_of(const std::string& text, const std::string& cell) {
  const std::size_t at = std::min(text.find(cell), text.size());
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t start = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  return fmt::format("{}:{}", line + 1, start == std::string::npos ? at + 1 : at - start);
}

std::string unknown_gpu(const Source& source, const std::string& label) {
  const std::vector<std::string> names = config::names_in("gpus");
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string word = label;
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return fmt::format("{}:{}: gpu: {} is not like a file of configs/gpus{}", source.path,
                     place_of(source.text, label), quoted(label), suggestion(word, "known", views));
}

template <class Row>
void append(KernelTable<Row> table, const Source& source, std::vector<Row>& rows, Measured& out) {
  if (table.rows.empty() && table.problems.empty())
    table.problems.push_back(source.path + ":1:1: file: has a header and no rows");
  if constexpr (requires(Row row) { row.gpu; }) {
    std::set<std::string> labels;
    for (const Row& row : table.rows)
      if (!source.any_gpu && labels.insert(row.gpu).second && gpu_named(row.gpu).empty())
        table.problems.push_back(unknown_gpu(source, row.gpu));
  }
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  out.problems.insert(out.problems.end(), table.problems.begin(), table.problems.end());
}

// skipped.csv of bench/device: what it could not measure.
constexpr std::string_view kNotMeasured = "measurement,reason";

void read_table(const std::string& path, bool any_gpu, Measured& out) {
  const std::string document = config::read_document(path);
  if (document.starts_with(kNotMeasured)) return;
  const Source source{path, document, any_gpu};
  std::istringstream in(document);
  KernelTables& to = out.tables;
  if (path.ends_with(".log") || path.ends_with(".txt"))
    return append(read_nccl_log(in, path), source, to.collectives, out);
  switch (kind_of_table(std::string_view(document).substr(0, document.find('\n')))) {
    case TableKind::kGemm: return append(read_gemm_table(in, path), source, to.gemm, out);
    case TableKind::kAttention:
      return append(read_attention_table(in, path), source, to.attention, out);
    case TableKind::kMemory: return append(read_memory_table(in, path), source, to.memory, out);
    case TableKind::kCollective:
      return append(read_collective_table(in, path), source, to.collectives, out);
  }
}

}  // namespace

Measured read_measured(const std::vector<std::string>& paths, bool any_gpu) {
  Measured out;
  for (const std::string& path : paths) {
    if (path.ends_with(".yaml") || path.ends_with(".yml"))
      out.steps.push_back(config::load_measurements(path));
    else
      read_table(path, any_gpu, out);
  }
  return out;
}

}  // namespace fleetcast::fit
