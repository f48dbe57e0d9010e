#include "sim/validation/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/cost/schedule.hpp"
#include "sim/engine/analytic.hpp"

namespace fleetcast {
namespace {

/// What stands against a row before it can be priced.
std::string refusal(const Case& c) {
  if (!c.skipped.empty()) return c.skipped;
  Misfit misfit = misfit_of(c.pricing.job, c.plan);
  if (misfit.fits()) misfit = c.plan.schedule->admits({c.plan.pp, c.plan.vp, c.plan.micro_batches});
  if (misfit.fits()) return {};
  return fmt::format(fmt::runtime(misfit.reason->text), misfit.needed, misfit.available);
}

ValidatedRow price_row(const Case& c, ProgramCache& programs, EngineWorkspace& engine) {
  engine.forget_layers();
  Step step;
  lower(c.pricing, c.plan, programs, step);
  const Timeline timeline = play(step, engine);
  const MemoryUse memory = memory_of(c.pricing, step);
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
  out.predicted_s = timeline.step_time.base();
  const Flops work =
      training_flops_per_token(*c.model, row.seq_len, {}) * row.seq_len * row.global_batch;
  out.measured_mfu =
      work / (c.pricing.system->gpu.peak.of(Dtype::kBf16) * Seconds{row.step_time_s * row.gpus});
  out.error = out.predicted_s / out.measured_s - 1.0;
  out.measured_gib = row.memory_gib;
  out.predicted_gib = memory.allocated() / kGiB;
  out.fits = memory.total() <= c.pricing.system->gpu.memory_usable;
  out.breakdown = timeline.breakdown;
  out.notes = c.notes;
  out.unknown_knobs = c.unknown_knobs;
  return out;
}

template <class KeyOf>
std::vector<ErrorSummary> grouped(const std::vector<ValidatedRow>& rows, KeyOf&& key_of) {
  std::map<std::string, std::vector<double>> errors;
  for (const ValidatedRow& row : rows) errors[key_of(row)].push_back(row.error);
  std::vector<ErrorSummary> out;
  for (const auto& [group, list] : errors) out.push_back(summarise(group, list));
  return out;
}

/// Linear between the two nearest ranks.
double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 1.0;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

void sum_up(Validation& v) {
  std::vector<double> errors, ratios;
  for (const ValidatedRow& row : v.rows) {
    errors.push_back(row.error);
    ratios.push_back(row.measured_s / row.predicted_s);
  }
  v.all = summarise("all", errors);
  v.by_system = grouped(v.rows, [](const ValidatedRow& r) { return r.system; });
  v.by_precision =
      grouped(v.rows, [](const ValidatedRow& r) { return r.system + " " + r.precision; });
  v.by_kind = grouped(v.rows, [](const ValidatedRow& r) { return r.is_moe ? "MoE" : "dense"; });
  std::sort(ratios.begin(), ratios.end());
  v.ratio_p10 = percentile(ratios, 0.1);
  v.ratio_p90 = percentile(ratios, 0.9);
  const auto inside = std::count_if(ratios.begin(), ratios.end(),
                                    [&](double r) { return r >= v.ratio_p10 && r <= v.ratio_p90; });
  if (!ratios.empty())
    v.interval_coverage = static_cast<double>(inside) / static_cast<double>(ratios.size());
}

}  // namespace

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

Validation validate(std::span<const config::MeasurementFile> files,
                    const config::Overrides& overrides) {
  Validation out;
  SystemShelf shelf(overrides);
  EngineWorkspace engine;
  for (const config::MeasurementFile& file : files)
    for (const config::Measurement& row : file.rows) {
      const Case c = make_case(row, file, shelf);
      std::string reason = refusal(c);
      ProgramCache programs;
      const bool has_memory = row.out_of_memory || !row.memory.empty();
      if (reason.empty() && row.step_time_s > 0.0)
        out.rows.push_back(price_row(c, programs, engine));
      if (reason.empty() && has_memory) reason = add_memory(c, programs, out.memory);
      if (!reason.empty()) out.skipped.push_back({row.id, reason});
    }
  sum_up(out);
  sum_up(out.memory);
  return out;
}

std::vector<std::string> default_measurements() {
  std::vector<std::string> out;
  for (const std::string& name : config::names_in("measurements"))
    out.push_back(config::path_of("measurements", {name, {}}));
  return out;
}

}  // namespace fleetcast
