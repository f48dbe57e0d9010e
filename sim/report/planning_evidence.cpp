// What a forecast stands on: published runs like these, the numbers that went in, the files.

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/number.hpp"
#include "sim/report/planning.hpp"

namespace fleetcast::report {
namespace {

TextTable evidence_table(const std::vector<ValidatedRow>& rows) {
  TextTable out{"Published runs like these, and what we predict of them",
                {{"row"},
                 {"system"},
                 {"precision"},
                 {"model"},
                 {"GPUs", true},
                 {"measured", true},
                 {"predicted", true},
                 {"error", true},
                 {"source"}},
                {}};
  for (const ValidatedRow& row : rows)
    out.rows.push_back({row.id, row.system, row.precision, row.model, whole(row.gpus),
                        duration(Seconds{row.measured_s}), duration(Seconds{row.predicted_s}),
                        fmt::format("{:+.1f} %", 100.0 * row.error), row.source});
  return out;
}

Record evidence_record(const std::vector<ValidatedRow>& rows) {
  Records points;
  for (const ValidatedRow& row : rows)
    points.push_back(Entries{{"id", row.id},
                             {"system", row.system},
                             {"measured", row.measured_s},
                             {"predicted", row.predicted_s}});
  return Entries{{"points", std::move(points)}};
}

std::string summary_text(const char* whose, const ErrorSummary& s) {
  return fmt::format(
      "{} {}: mean absolute error {:.1f} %, mean error {:+.1f} %, {:.0f} % of them "
      "within 10 %, worst {:.0f} %.",
      whole(s.count), whose, 100 * s.mape, 100 * s.bias, 100 * s.within_10pct,
      100 * s.max_abs_error);
}

}  // namespace

Section evidence_section(const Planning& planning) {
  Section out{"evidence", "How far to trust it", {}};
  const std::string all =
      summary_text("published runs of every system and model here", planning.all_rows);
  const std::vector<ValidatedRow>& rows = planning.evidence;
  if (rows.empty()) {
    out.blocks.push_back(
        Paragraph{"No published run is like these (" + planning.alike + "). " + all});
    return out;
  }
  std::vector<double> errors;
  for (const ValidatedRow& row : rows) errors.push_back(row.error);
  const ErrorSummary own = summarise("", errors);
  out.blocks.push_back(
      Paragraph{summary_text(("published runs like these (" + planning.alike + ")").c_str(), own) +
                " " + all});
  out.blocks.push_back(Chart{"evidence", "Step time, predicted against measured",
                             "A point a published run; on the line the forecast is right, the band "
                             "is 10 % to either side.",
                             evidence_record(rows), evidence_table(rows)});
  return out;
}

Section inputs_section(const Planning& planning) {
  Section out{"inputs", "Numbers that went in", {}};
  TextTable assumptions{"Assumptions", {{"number"}, {"value", true}, {"why"}}, {}};
  TextTable sourced{
      "Numbers with a source", {{"number"}, {"value", true}, {"meaning"}, {"source"}}, {}};
  for (const Input& in : planning.inputs) {
    if (in.assumption)
      assumptions.rows.push_back({in.path, in.value, in.note.empty() ? in.meaning : in.note});
    else
      sourced.rows.push_back({in.path, in.value, in.meaning,
                              in.note.empty() ? in.source : in.source + " (" + in.note + ")"});
  }
  if (!assumptions.rows.empty()) out.blocks.push_back(std::move(assumptions));
  if (!sourced.rows.empty()) out.blocks.push_back(std::move(sourced));
  return out;
}

Section files_section(const Planning& planning) {
  Section out{"again", "To run it again", {}};
  out.blocks.push_back(CommandLine{planning.command});
  out.blocks.push_back(Paragraph{
      "On another machine, or years from now: save the files below in a folder, under the names "
      "that they have here, and run the scenario with --configs and that folder. What was set on "
      "the command line is in them."});
  for (const Verbatim& file : planning.files) out.blocks.push_back(file);
  return out;
}

}  // namespace fleetcast::report
