#include <fmt/format.h>

#include <algorithm>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"
#include "sim/validation/cause.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string error_text(double error) { return fmt::format("{:+.1f} %", 100.0 * error); }

std::string worst_text(const ValidationReport& report, const Style& style) {
  std::vector<const ValidatedRow*> worst = worst_first(report.validation.rows);
  worst.resize(std::min(worst.size(), kWorstRows));
  if (worst.empty()) return {};
  Rows rows;
  for (const ValidatedRow* row : worst)
    rows.push_back({row->id, three_digits(row->measured_s), error_text(row->error),
                    likely_cause(*row, report.validation, report.gaps).text});
  return "\n" + render({{"worst rows"}, {"measured s", true}, {"error", true}, {"likely cause"}},
                       rows, style);
}

std::string rows_text(const std::vector<ValidatedRow>& all, const Style& style) {
  if (all.empty()) return {};
  Rows rows;
  for (const ValidatedRow& row : all)
    rows.push_back({row.id, three_digits(row.measured_s), three_digits(row.predicted_s),
                    error_text(row.error)});
  return "\n" + render({{"row"}, {"measured s", true}, {"predicted s", true}, {"error", true}},
                       rows, style);
}

std::string skipped_text(const std::vector<SkippedRow>& all, const Style& style) {
  if (all.empty()) return {};
  Rows rows;
  for (const SkippedRow& row : all) rows.push_back({row.id, row.reason});
  return "\n" + render({{"skipped"}, {"because"}}, rows, style);
}

}  // namespace

std::string to_text(const ValidationReport& report, const Style& style) {
  const Validation& validation = report.validation;
  std::string out = verdict(validation.all, style);
  // A section a line; each starts with an empty line where it has something to say.
  for (const Grouping& by : groupings())
    out += summaries(by.title, validation.*by.summaries, style);
  out += worst_text(report, style);
  out += to_text(validation.memory, style);
  out += skipped_text(validation.skipped, style);
  if (report.all_rows) out += rows_text(validation.rows, style);
  return out;
}

}  // namespace fleetcast::report
