#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

Record summary_record(const ErrorSummary& summary) {
  return Entries{{"group", summary.group},
                 {"count", summary.count},
                 {"mape", summary.mape},
                 {"bias", summary.bias},
                 {"within_10pct", summary.within_10pct},
                 {"max_abs_error", summary.max_abs_error}};
}

Record summaries(const std::vector<ErrorSummary>& all) {
  Records out;
  for (const ErrorSummary& summary : all) out.push_back(summary_record(summary));
  return out;
}

Record texts(const std::vector<std::string>& all) {
  Records out;
  for (const std::string& text : all) out.push_back(text);
  return out;
}

Record row_record(const ValidatedRow& row) {
  Entries out{{"id", row.id},
              {"system", row.system},
              {"precision", row.precision},
              {"model", row.model},
              {"stack", row.stack},
              {"gpus", row.gpus},
              {"measured_step_time_s", row.measured_s},
              {"predicted_step_time_s", row.predicted_s},
              {"p10_step_time_s", row.predicted_s * row.interval.p10},
              {"p90_step_time_s", row.predicted_s * row.interval.p90},
              {"error", row.error}};
  if (row.measured_gib > 0) out.push_back({"measured_memory_gib", row.measured_gib});
  if (row.measured_gib > 0) out.push_back({"predicted_memory_gib", row.predicted_gib});
  out.push_back({"fits_memory", row.fits});
  out.push_back({"source", row.source});
  out.push_back({"notes", texts(row.notes)});
  out.push_back({"unknown_knobs", texts(row.unknown_knobs)});
  return out;
}

void add_summary(const std::vector<SkippedRow>& rows, const ErrorSummary& all, Entries& out) {
  Records skipped;
  for (const SkippedRow& row : rows)
    skipped.push_back(Entries{{"id", row.id}, {"reason", row.reason}});
  out.push_back({"skipped", std::move(skipped)});
  out.push_back({"mape", all.mape});
  out.push_back({"bias", all.bias});
  out.push_back({"within_10pct", all.within_10pct});
  out.push_back({"max_abs_error", all.max_abs_error});
  out.push_back({"count", all.count});
}

}  // namespace

Record record_of(const Validation& validation) {
  Entries out{{"rows", rows_of(validation)}};
  add_summary(validation.skipped, validation.all, out);
  out.push_back({"memory", record_of(validation.memory)});
  out.push_back({"interval_coverage", validation.interval_coverage});
  out.push_back({"ratio_p10", validation.ratio_p10});
  out.push_back({"ratio_p90", validation.ratio_p90});
  for (const Grouping& by : groupings())
    out.push_back({std::string(by.key), summaries(validation.*by.summaries)});
  return out;
}

Record record_of(const KernelValidation& validation) {
  Entries out{{"rows", rows_of(validation)}};
  add_summary(validation.skipped, validation.all, out);
  out.push_back({"by_group", summaries(validation.by_group)});
  out.push_back({"by_subset", summaries(validation.by_subset)});
  out.push_back({"by_source", summaries(validation.by_source)});
  return out;
}

Records rows_of(const Validation& validation) {
  Records out;
  for (const ValidatedRow& row : validation.rows) out.push_back(row_record(row));
  return out;
}

Records rows_of(const KernelValidation& validation) {
  constexpr double kMicro = 1e6;
  Records out;
  for (const ValidatedKernel& row : validation.rows) {
    Entries entries{{"id", row.id}, {"gpu", row.gpu}};
    for (const auto& [key, value] : row.columns)
      entries.push_back({key, std::visit([](const auto& v) { return Record(v); }, value)});
    entries.push_back({"measured_time_us", row.measured.base() * kMicro});
    entries.push_back({"predicted_time_us", row.predicted.base() * kMicro});
    entries.push_back({"error", row.error});
    entries.push_back({"source", row.source});
    out.push_back(std::move(entries));
  }
  return out;
}

}  // namespace fleetcast::report
