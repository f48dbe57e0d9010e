#include <fmt/format.h>

#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

std::string cell(const ValidatedMemory& row, double value) {
  return fmt::format("{:.1f}{}", value, row.kind == FigureKind::kPercent ? " %" : "");
}

void add(std::string& line, const std::string& clause) {
  line += (line.empty() ? "Memory in GiB: " : "; ") + clause;
}

void add_average(std::string& line, const char* what, int count, double mape) {
  if (count > 0)
    add(line, fmt::format("{} {}, mean absolute error {:.1f} %", count, what, 100.0 * mape));
}

}  // namespace

std::string to_text(const MemoryValidation& memory, const Style& style) {
  if (memory.rows.empty() && memory.did_not_fit == 0) return {};
  std::string line;
  add_average(line, "peaks", memory.peaks, memory.peak_mape);
  add_average(line, "parts", memory.parts, memory.parts_mape);
  if (memory.did_not_fit > 0)
    add(line,
        fmt::format("{} of {} runs that did not fit are told so", memory.told, memory.did_not_fit));
  std::vector<std::vector<std::string>> rows;
  for (const ValidatedMemory& row : memory.rows)
    rows.push_back({row.id, row.what, cell(row, row.measured), cell(row, row.predicted),
                    fmt::format("{:+.1f} %", 100.0 * row.error)});
  for (const ValidatedFit& fit : memory.fits)
    if (!fit.ran)
      rows.push_back({fit.id, "did not fit", fmt::format("> {:.1f}", fit.usable_gib),
                      fmt::format("{:.1f}", fit.needed_gib), fit.told() ? "told" : "missed"});
  return "\n" + headline(line, style) + "\n" +
         render({{"row"}, {"memory"}, {"measured", true}, {"predicted", true}, {"error", true}},
                rows, style);
}

}  // namespace fleetcast::report
