#include "sim/report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

std::string summary_rows(const std::vector<ErrorSummary>& all) {
  std::string out;
  for (const ErrorSummary& s : all)
    out += fmt::format("| {} | {} | {:.1f} % | {:+.1f} % | {:.0f} % | {:.0f} % |\n", s.group,
                       s.count, 100.0 * s.mape, 100.0 * s.bias, 100.0 * s.within_10pct,
                       100.0 * s.max_abs_error);
  return out;
}

std::string gap_text(const KnownGap& gap, const Validation& validation) {
  const std::vector<const ValidatedRow*> rows = rows_of_gap(gap, validation);
  if (rows.empty()) return {};
  double bias = 0.0;
  for (const ValidatedRow* row : rows) bias += row->error / double(rows.size());
  return fmt::format("### {}\n\n{} rows, mean error {:+.0f} %, worst {:+.0f} % ({}).\n\n{}\n\n",
                     gap.title, rows.size(), 100.0 * bias, 100.0 * rows.front()->error,
                     rows.front()->id, gap.cause);
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

std::string notable_rows(const Validation& validation) {
  std::vector<const ValidatedRow*> rows;
  for (const ValidatedRow& row : validation.rows)
    if (std::abs(row.error) > kNotable) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const ValidatedRow* a, const ValidatedRow* b) {
    return std::abs(a->error) > std::abs(b->error);
  });
  std::string out =
      fmt::format("## The {} rows off by more than {:.0f} %\n\n", rows.size(), 100.0 * kNotable);
  out += "| error | row | measured | predicted | where we see the time |\n|--:|---|--:|--:|---|\n";
  for (const ValidatedRow* row : rows)
    out += fmt::format("| {:+.0f} % | {} | {:.3f} s | {:.3f} s | {} |\n", 100.0 * row->error,
                       row->id, row->measured_s, row->predicted_s, largest_costs(*row));
  return out;
}

}  // namespace

std::string deviations_markdown(const Validation& v, const std::vector<KnownGap>& gaps) {
  std::string out =
      "# Where Fleetcast is wrong\n\nWritten by `fleetcast validate --deviations`. An error is "
      "predicted over measured step time, less one: negative is too fast.\n\n";
  out += "| rows | count | MAPE | bias | within 10 % | worst |\n|---|--:|--:|--:|--:|--:|\n";
  out += summary_rows({v.all}) + summary_rows(v.by_kind) + summary_rows(v.by_system);
  const auto misfits = std::count_if(v.rows.begin(), v.rows.end(),
                                     [](const ValidatedRow& row) { return !row.fits; });
  out += fmt::format(
      "\nMemory: {} of these {} runs, all of which did run, would not fit by our count.\n\n",
      misfits, v.rows.size());
  out += "## Known gaps, by cause\n\n";
  for (const KnownGap& gap : gaps) out += gap_text(gap, v);
  out += notable_rows(v);
  if (!v.skipped.empty()) out += "\n## Skipped rows\n\n";
  for (const SkippedRow& row : v.skipped) out += fmt::format("- {}: {}\n", row.id, row.reason);
  return out;
}

}  // namespace fleetcast::report
