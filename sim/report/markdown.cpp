#include "sim/report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/text.hpp"
#include "sim/validation/cause.hpp"

namespace fleetcast::report {
namespace {

std::string gap_text(const KnownGap& gap, const Validation& validation) {
  if (gap.about == "simulation") return fmt::format("### {}\n\n{}\n\n", gap.title, gap.cause);
  const std::vector<const ValidatedRow*> rows = rows_of_gap(gap, validation);
  if (rows.empty()) return {};
  if (gap.about != "time")
    return fmt::format("### {}\n\n{} rows.\n\n{}\n\n", gap.title, rows.size(), gap.cause);
  double bias = 0.0;
  for (const ValidatedRow* row : rows) bias += row->error / double(rows.size());
  return fmt::format("### {}\n\n{} rows, mean error {:+.0f} %, worst {:+.0f} % ({}).\n\n{}\n\n",
                     gap.title, rows.size(), 100.0 * bias, 100.0 * rows.front()->error,
                     rows.front()->id, gap.cause);
}

std::string known_text(const ValidatedRow& row, const ValidationReport& report) {
  if (const KnownGap* gap = gap_of(row, report.gaps); gap != nullptr) return gap->title;
  return "**not explained**; likely " + likely_cause(row, report.validation, report.gaps).text;
}

std::string notable_rows(const ValidationReport& report) {
  std::vector<const ValidatedRow*> rows = worst_first(report.validation.rows);
  std::erase_if(rows, [](const ValidatedRow* row) { return std::abs(row->error) <= kNotable; });
  const auto unknown = std::count_if(rows.begin(), rows.end(), [&](const ValidatedRow* row) {
    return gap_of(*row, report.gaps) == nullptr;
  });
  std::string out =
      fmt::format("## The {} rows off by more than {:.0f} %\n\n", rows.size(), 100.0 * kNotable);
  if (rows.empty()) return out + "None.\n";
  out += fmt::format("{} of them belong to a known gap, {} are **not explained**.\n\n",
                     static_cast<std::ptrdiff_t>(rows.size()) - unknown, unknown);
  out +=
      "| error | row | measured | predicted | where we see the time | what is known |\n"
      "|--:|---|--:|--:|---|---|\n";
  for (const ValidatedRow* row : rows)
    out += fmt::format("| {:+.0f} % | {} | {:.3f} s | {:.3f} s | {} | {} |\n", 100.0 * row->error,
                       cell(row->id), row->measured_s, row->predicted_s, largest_costs(*row),
                       cell(known_text(*row, report)));
  return out;
}

}  // namespace

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string summary_table(std::string_view title, const std::vector<ErrorSummary>& groups) {
  std::string out = fmt::format(
      "| {} | rows | MAPE | bias | within 10 % | worst |\n|---|--:|--:|--:|--:|--:|\n", title);
  for (const ErrorSummary& s : groups)
    out += fmt::format("| {} | {} | {:.1f} % | {:+.1f} % | {:.0f} % | {:.0f} % |\n", cell(s.group),
                       s.count, 100.0 * s.mape, 100.0 * s.bias, 100.0 * s.within_10pct,
                       100.0 * s.max_abs_error);
  return out;
}

std::string largest_costs(const ValidatedRow& row) {
  std::vector<Cost> costs = costs_of(row.breakdown);
  costs.resize(std::min<std::size_t>(costs.size(), 3));
  std::string out;
  for (const Cost cost : costs)
    out += fmt::format("{}{} {:.0f} %", out.empty() ? "" : ", ", key_of(cost),
                       100.0 * row.breakdown[cost].base() / row.predicted_s);
  return out;
}

std::string deviations_markdown(const ValidationReport& report) {
  const Validation& v = report.validation;
  std::string out =
      "# Where Fleetcast is wrong\n\nWritten by `fleetcast validate --deviations`. An error is "
      "predicted over measured step time, less one: negative is too fast. How far off all rows "
      "are: [validation.md](validation.md).\n\n";
  out += notable_rows(report);
  const auto misfits = std::count_if(v.rows.begin(), v.rows.end(),
                                     [](const ValidatedRow& row) { return !row.fits; });
  out += fmt::format(
      "\nMemory: {} of these {} runs, all of which did run, would not fit by our count.\n\n",
      misfits, v.rows.size());
  out += "## Known gaps, by cause\n\n";
  for (const KnownGap& gap : report.gaps) out += gap_text(gap, v);
  if (!v.skipped.empty()) out += "## Skipped rows\n\n";
  for (const SkippedRow& row : v.skipped) out += fmt::format("- {}: {}\n", row.id, row.reason);
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace fleetcast::report
