#include "sim/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/report/number.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct CellText {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(double number) const {
    return number == std::floor(number) && std::abs(number) < 1e5 ? whole(number) : amount(number);
  }
  std::string operator()(bool flag) const { return flag ? "yes" : ""; }
};

std::string signed_percent(double ratio) { return fmt::format("{:+.1f} %", 100.0 * ratio); }
std::string plain_percent(double ratio) { return fmt::format("{:.1f} %", 100.0 * ratio); }

std::vector<std::string> summary_row(const ErrorSummary& s) {
  return {s.group,
          std::to_string(s.count),
          plain_percent(s.mape),
          signed_percent(s.bias),
          fmt::format("{:.0f} %", 100.0 * s.within_10pct),
          plain_percent(s.max_abs_error)};
}

std::string summaries(std::string_view title, const std::vector<ErrorSummary>& groups,
                      const Style& style) {
  if (groups.empty()) return {};
  Rows rows;
  for (const ErrorSummary& group : groups) rows.push_back(summary_row(group));
  return "\n" + render({{std::string(title)},
                        {"rows", true},
                        {"MAPE", true},
                        {"bias", true},
                        {"within 10 %", true},
                        {"worst", true}},
                       rows, style);
}

std::string verdict(const ErrorSummary& all, const Style& style) {
  if (all.count == 0) return headline("No row could be compared", style);
  return headline(
      fmt::format("{} rows: mean absolute error {}, bias {}, {:.0f} % within 10 %", all.count,
                  plain_percent(all.mape), signed_percent(all.bias), 100.0 * all.within_10pct),
      style);
}

/// How many were skipped for each reason.
std::string reasons_text(const std::vector<SkippedRow>& all, const Style& style) {
  std::map<std::string, double> counts;
  for (const SkippedRow& row : all) ++counts[row.reason];
  Rows rows;
  for (const auto& [reason, count] : counts) rows.push_back({whole(count), reason});
  return rows.empty() ? "" : "\n" + render({{"skipped", true}, {"because"}}, rows, style);
}

std::string rows_text(const std::vector<ValidatedRow>& all, const Style& style) {
  Rows rows;
  for (const ValidatedRow& row : all)
    rows.push_back({row.id, three_digits(row.measured_s), three_digits(row.predicted_s),
                    signed_percent(row.error)});
  return render({{"row"}, {"measured s", true}, {"predicted s", true}, {"error", true}}, rows,
                style);
}

std::string skipped_text(const std::vector<SkippedRow>& all, const Style& style) {
  if (all.empty()) return {};
  Rows rows;
  for (const SkippedRow& row : all) rows.push_back({row.id, row.reason});
  return "\n" + render({{"skipped"}, {"because"}}, rows, style);
}

}  // namespace

std::string to_text(const Listing& listing, const Style& style) {
  std::vector<Column> columns;
  for (std::size_t c = 0; c < listing.columns.size(); ++c) {
    const bool is_number =
        !listing.rows.empty() &&
        std::all_of(listing.rows.begin(), listing.rows.end(),
                    [&](const auto& row) { return std::holds_alternative<double>(row[c]); });
    std::string title = listing.columns[c];
    std::replace(title.begin(), title.end(), '_', ' ');
    columns.push_back({std::move(title), is_number});
  }
  Rows rows;
  for (const auto& row : listing.rows) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (const Cell& cell : row) cells.push_back(std::visit(CellText{}, cell));
  }
  std::string out = render(columns, rows, style);
  Rows sources;
  for (const auto& [name, text] : listing.sources) sources.push_back({name, text});
  if (!sources.empty()) out += "\n" + render({{"source"}, {""}}, sources, style);
  return out;
}

std::string to_text(const Validation& validation, const Style& style) {
  std::string out = verdict(validation.all, style) + "\n";
  out += rows_text(validation.rows, style);
  out += skipped_text(validation.skipped, style);
  out += summaries("system", validation.by_system, style);
  out += summaries("system and precision", validation.by_precision, style);
  return out + summaries("kind", validation.by_kind, style) + to_text(validation.memory, style);
}

std::string to_text(const KernelValidation& validation, const Style& style) {
  return verdict(validation.all, style) + summaries("GPU and format", validation.by_group, style) +
         reasons_text(validation.skipped, style);
}

}  // namespace fleetcast::report
