#include <fmt/format.h>

#include <algorithm>

#include "sim/report/markdown.hpp"
#include "sim/report/number.hpp"
#include "sim/report/text.hpp"
#include "sim/validation/cause.hpp"

namespace fleetcast::report {
namespace {

std::string heading(const ErrorSummary& all) {
  return fmt::format(
      "# How right Fleetcast is\n\n"
      "**{} published training steps: mean absolute error (MAPE) {:.1f} %, bias {:+.1f} %, "
      "{:.0f} % within 10 %.**\n\n"
      "Written by `fleetcast validate --markdown`. An error is predicted over measured step time, "
      "less one: negative is too fast. Rows and their sources stand in `configs/measurements`; "
      "all of them with their errors: `fleetcast validate --rows`, or `--format csv`. What is "
      "known "
      "of the worst: [deviations.md](deviations.md). Other programs on the same rows: "
      "[peers.md](peers.md).\n\n"
      "![Predicted against measured step time](validation.svg)\n",
      all.count, 100.0 * all.mape, 100.0 * all.bias, 100.0 * all.within_10pct);
}

std::string worst_rows(const ValidationReport& report) {
  std::vector<const ValidatedRow*> rows = worst_first(report.validation.rows);
  rows.resize(std::min(rows.size(), kWorstRows));
  if (rows.empty()) return {};
  std::string out = fmt::format(
      "\n## The {} worst rows\n\n"
      "| error | row | measured | predicted | likely cause |\n|--:|---|--:|--:|---|\n",
      rows.size());
  for (const ValidatedRow* row : rows)
    out += fmt::format("| {:+.1f} % | {} | {} s | {} s | {} |\n", 100.0 * row->error, cell(row->id),
                       three_digits(row->measured_s), three_digits(row->predicted_s),
                       cell(likely_cause(*row, report.validation, report.gaps).text));
  return out;
}

}  // namespace

std::string validation_markdown(const ValidationReport& report) {
  const Validation& validation = report.validation;
  std::string out = heading(validation.all);
  // A section a line; each starts with an empty line.
  for (const Grouping& by : groupings())
    out +=
        fmt::format("\n## By {}\n\n", by.title) + summary_table(by.title, validation.*by.summaries);
  out += worst_rows(report);
  return out;
}

}  // namespace fleetcast::report
