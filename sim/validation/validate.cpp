#include "sim/validation/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "models/cost/schedule.hpp"
#include "sim/engine/analytic.hpp"
#include "sim/engine/step/simulate.hpp"
#include "sim/run/percentile.hpp"

namespace fleetcast {

std::string refusal(const Case& c) {
  if (!c.skipped.empty()) return c.skipped;
  Misfit misfit = misfit_of(c.pricing.job, c.plan);
  if (misfit.fits()) misfit = c.plan.schedule->admits({c.plan.pp, c.plan.vp, c.plan.micro_batches});
  if (misfit.fits()) return {};
  return fmt::format(fmt::runtime(misfit.reason->text), misfit.needed, misfit.available);
}

namespace {

/// What was measured, and of what.
ValidatedRow measured_row(const Case& c) {
  const config::Measurement& row = *c.row;
  ValidatedRow out;
  out.id = row.id;
  out.source = row.source;
  out.system = row.system;
  out.precision = c.pricing.precision->key;
  out.model = row.model;
  out.stack = row.stack;
  out.is_moe = c.model->is_moe();
  out.gpus = row.gpus;
  out.measured_s = row.step_time_s;
  const Flops work =
      training_flops_per_token(*c.model, row.seq_len, {}) * row.seq_len * row.global_batch;
  out.measured_mfu =
      work / (c.pricing.system->gpu.peak.of(Dtype::kBf16) * Seconds{row.step_time_s * row.gpus});
  out.measured_gib = row.memory_gib;
  return out;
}

Timeline played(const Case& c, const Step& step, Engine engine, EngineWorkspace& workspace) {
  if (engine == Engine::kEvent)
    return step::simulate(step, traffic_of(c.pricing, step), step::fabrics_of(*c.pricing.system),
                          {})
        .timeline;
  workspace.forget_layers();
  return play(step, workspace);
}

ValidatedRow price_row(const Case& c, const ErrorModel& errors, ProgramCache& programs,
                       Engine engine, EngineWorkspace& workspace) {
  Step step;
  lower(c.pricing, c.plan, programs, step);
  const Timeline timeline = played(c, step, engine, workspace);
  const MemoryUse memory = memory_of(c.pricing, step);
  ValidatedRow out = measured_row(c);
  out.predicted_s = timeline.step_time.base();
  const System& system = *c.pricing.system;
  out.interval =
      interval_of(errors, footing_of(errors, out.is_moe, system.cluster.name, c.stack->name,
                                     system.gpu.kernels_measured, out.gpus));
  out.error = out.predicted_s / out.measured_s - 1.0;
  out.predicted_gib = memory.allocated() / kGiB;
  out.fits = memory.total() <= c.pricing.system->gpu.memory_usable;
  out.breakdown = timeline.breakdown;
  out.notes = c.notes;
  out.unknown_knobs = c.unknown_knobs;
  return out;
}

constexpr std::array<Grouping, 5> kGroupings{{
    {"by_system", "system", [](const ValidatedRow& r) { return r.system; }, &Validation::by_system},
    {"by_precision", "system and precision",
     [](const ValidatedRow& r) { return r.system + " " + r.precision; }, &Validation::by_precision},
    {"by_kind", "kind",
     [](const ValidatedRow& r) { return std::string(r.is_moe ? "MoE" : "dense"); },
     &Validation::by_kind},
    {"by_model", "model", [](const ValidatedRow& r) { return r.model; }, &Validation::by_model},
    {"by_stack", "stack", [](const ValidatedRow& r) { return r.stack; }, &Validation::by_stack},
}};

std::vector<ErrorSummary> grouped(const std::vector<ValidatedRow>& rows, const Grouping& by) {
  std::map<std::string, std::vector<double>> errors;
  for (const ValidatedRow& row : rows) errors[by.group_of(row)].push_back(row.error);
  std::vector<ErrorSummary> out;
  for (const auto& [group, list] : errors) out.push_back(summarise(group, list));
  return out;
}

}  // namespace

void sum_up(Validation& v) {
  std::vector<double> errors, ratios;
  int inside = 0;
  for (const ValidatedRow& row : v.rows) {
    const double ratio = row.measured_s / row.predicted_s;
    errors.push_back(row.error);
    ratios.push_back(ratio);
    if (ratio >= row.interval.p10 && ratio <= row.interval.p90) ++inside;
  }
  v.all = summarise("all", errors);
  for (const Grouping& by : groupings()) v.*by.summaries = grouped(v.rows, by);
  std::sort(ratios.begin(), ratios.end());
  v.ratio_p10 = percentile(ratios, 0.1);
  v.ratio_p90 = percentile(ratios, 0.9);
  if (!ratios.empty()) v.interval_coverage = inside / static_cast<double>(ratios.size());
}

std::span<const Grouping> groupings() { return kGroupings; }

ErrorSummary summarise(std::string group, std::span<const double> errors) {
  ErrorSummary out;
  out.group = std::move(group);
  out.count = static_cast<int>(errors.size());
  for (const double e : errors) {
    out.mape += std::abs(e);
    out.bias += e;
    out.within_10pct += std::abs(e) <= 0.1 ? 1.0 : 0.0;
    out.max_abs_error = std::max(out.max_abs_error, std::abs(e));
  }
  if (errors.empty()) return out;
  out.mape /= out.count;
  out.bias /= out.count;
  out.within_10pct /= out.count;
  return out;
}

bool is_named(const ValidatedRow& row, std::span<const std::string> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return row.id.find(part) != std::string::npos;
  });
}

std::vector<const ValidatedRow*> worst_first(std::span<const ValidatedRow> rows) {
  std::vector<const ValidatedRow*> out;
  for (const ValidatedRow& row : rows) out.push_back(&row);
  std::stable_sort(out.begin(), out.end(), [](const ValidatedRow* a, const ValidatedRow* b) {
    return std::abs(a->error) > std::abs(b->error);
  });
  return out;
}

Validation validate(std::span<const config::MeasurementFile> files,
                    const config::Overrides& overrides, Engine engine) {
  Validation out;
  SystemShelf shelf(overrides);
  EngineWorkspace workspace;
  for (const config::MeasurementFile& file : files)
    for (const config::Measurement& row : file.rows) {
      const Case c = make_case(row, file, shelf);
      std::string reason = refusal(c);
      ProgramCache programs;
      const bool has_memory = row.out_of_memory || !row.memory.empty();
      if (reason.empty() && row.step_time_s > 0.0)
        out.rows.push_back(price_row(c, shelf.calibration().errors, programs, engine, workspace));
      if (reason.empty() && has_memory) reason = add_memory(c, programs, out.memory);
      if (!reason.empty()) out.skipped.push_back({row.id, reason});
    }
  sum_up(out);
  sum_up(out.memory);
  return out;
}

std::vector<ValidatedRow> measured_rows(std::span<const config::MeasurementFile> files,
                                        std::span<const std::string> systems) {
  std::vector<ValidatedRow> out;
  SystemShelf shelf{config::Overrides{}};
  for (const config::MeasurementFile& file : files)
    for (const config::Measurement& row : file.rows) {
      const bool asked = std::find(systems.begin(), systems.end(), row.system) != systems.end();
      if (!asked || !(row.step_time_s > 0.0)) continue;
      const Case c = make_case(row, file, shelf);
      if (refusal(c).empty()) out.push_back(measured_row(c));
    }
  return out;
}

std::vector<std::string> measurement_files(std::string_view folder) {
  std::vector<std::string> out;
  for (const std::string& name : config::names_in(folder))
    out.push_back(config::path_of(folder, {name, {}}));
  return out;
}

}  // namespace fleetcast
