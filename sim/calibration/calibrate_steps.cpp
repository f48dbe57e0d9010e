#include "sim/calibration/calibrate_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "models/cost/system.hpp"
#include "sim/calibration/chips.hpp"
#include "sim/calibration/write_curves.hpp"
#include "sim/run/percentile.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast::fit {
namespace {

constexpr std::size_t kEnoughRows = 20;  // to tell the 10th and 90th percentile of errors

using Indices = std::vector<std::size_t>;

StepScore score_of(std::span<const double> log_errors) {
  std::vector<double> errors;
  for (const double e : log_errors) errors.push_back(std::expm1(e));
  const ErrorSummary s = summarise("", errors);
  return {100.0 * s.mape, 100.0 * s.bias, 100.0 * s.within_10pct};
}

ErrorInterval interval_over(std::vector<double> log_ratios) {
  std::sort(log_ratios.begin(), log_ratios.end());
  return {std::exp(percentile(log_ratios, 0.1)), std::exp(percentile(log_ratios, 0.9))};
}

double half_width(const ErrorInterval& interval) {
  return 0.5 * std::log(interval.p90 / interval.p10);
}

/// log(measured / predicted) of the rows that `use` picks.
template <class Use>
std::vector<double> ratios_of(const std::vector<double>& log_errors, Use&& use) {
  std::vector<double> out;
  for (std::size_t i = 0; i < log_errors.size(); ++i)
    if (use(i)) out.push_back(-log_errors[i]);
  return out;
}

/// What must join `known` in quadrature to give `unknown`.
double added(double unknown, double known) {
  return std::sqrt(std::max(0.0, unknown * unknown - known * known));
}

std::string model_of(const Case& c) { return c.row->model; }
std::string system_of(const Case& c) { return c.pricing.system->cluster.name; }
std::string stack_of(const Case& c) { return c.stack->name; }

ErrorInterval interval_of_kind(const MeasuredSteps& steps, const std::vector<double>& unseen,
                               bool moe, const std::string& without, const ErrorInterval& start) {
  const auto ratios = ratios_of(unseen, [&](std::size_t i) {
    return steps.at(i).model->is_moe() == moe && model_of(steps.at(i)) != without;
  });
  return ratios.size() < kEnoughRows ? start : interval_over(ratios);
}

/// Share of rows inside the interval that the rows of other models make.
double coverage_of(const MeasuredSteps& steps, const std::vector<double>& unseen,
                   const ErrorModel& errors) {
  int inside = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool moe = steps.at(i).model->is_moe();
    const ErrorInterval own = interval_of_kind(steps, unseen, moe, model_of(steps.at(i)),
                                               moe ? errors.moe : errors.dense);
    const double ratio = std::exp(-unseen[i]);
    if (ratio >= own.p10 && ratio <= own.p90) ++inside;
  }
  return inside / static_cast<double>(steps.size());
}

/// How much predictions move when a chip gets the kernels of the generation before it: 80th
/// percentile over rows.
double borrowing_error(const MeasuredSteps& steps, const Calibration& fitted) {
  std::vector<double> moved;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const System& own = *steps.at(i).pricing.system;
    const std::string before(generation_before(own.gpu.kernels));
    if (before.empty()) continue;
    const KernelCurves curves =
        config::load<KernelCurves>(config::path_of("kernels", {before, {}})).value;
    const System borrowed = make_system(own.cluster, own.gpu, curves, own.fabrics);
    const std::vector<std::size_t> row{i};
    moved.push_back(std::abs(steps.log_errors(fitted, row, &borrowed).front() -
                             steps.log_errors(fitted, row).front()));
  }
  std::sort(moved.begin(), moved.end());
  return moved.empty() ? 0.0 : percentile(moved, 0.8);
}

/// Systems and stacks of the rows join the lists, which stay sorted.
void add_names(const MeasuredSteps& steps, ErrorModel& out) {
  std::set<std::string> systems(out.systems.begin(), out.systems.end());
  std::set<std::string> stacks(out.stacks.begin(), out.stacks.end());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    systems.insert(system_of(steps.at(i)));
    stacks.insert(stack_of(steps.at(i)));
    out.largest_gpus = std::max(out.largest_gpus, steps.at(i).row->gpus);
  }
  out.systems.assign(systems.begin(), systems.end());
  out.stacks.assign(stacks.begin(), stacks.end());
}

/// The numbers that steps set, and errors before and after; the rest as in `start`.
StepCalibration fitted_to(const MeasuredSteps& steps, const CalibrationFile& start,
                          double pull = kStepPull) {
  StepCalibration out;
  out.file = start;
  out.rows = static_cast<int>(steps.size());
  out.skipped = steps.skipped();
  if (steps.size() == 0) return out;
  Indices all(steps.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  out.file.steps = fit_steps(steps, all, start.steps, pull);
  out.before = score_of(steps.log_errors(start.steps, all));
  out.fitted = score_of(steps.log_errors(out.file.steps, all));
  return out;
}

/// Intervals from rows of other models. Returns those errors.
std::vector<double> judge_by_model(const MeasuredSteps& steps, const ErrorModel& start,
                                   StepCalibration& out) {
  std::vector<double> model = cross_validate(steps, out.file.steps, model_of);
  out.without_model = score_of(model);
  out.file.errors.dense = interval_of_kind(steps, model, false, {}, start.dense);
  out.file.errors.moe = interval_of_kind(steps, model, true, {}, start.moe);
  out.coverage = coverage_of(steps, model, out.file.errors);
  return model;
}

std::string text_of(const StepScore& s) {
  return fmt::format("{:.1f} % (bias {:+.1f} %, {:.0f} % within 10 %)", s.mape, s.bias,
                     s.within_10pct);
}

std::string provenance_of(const StepCalibration& c, const std::string& date) {
  return fmt::format(
      "fitted on {} to {} measured training steps, {} parameters for all chips, models and "
      "stacks;\n"
      "mean absolute error {}, before the fit {};\n"
      "each model predicted by a fit to the others: {};\n"
      "each system: {};\n"
      "each software stack: {};\n"
      "80 % intervals from other models' rows hold {:.0f} % of the rows.\n",
      date, c.rows, kFitted.size(), text_of(c.fitted), text_of(c.before), text_of(c.without_model),
      text_of(c.without_system), text_of(c.without_stack), 100.0 * c.coverage);
}

}  // namespace

StepCalibration calibrate_steps(std::span<const config::MeasurementFile> files,
                                const CalibrationFile& start, SystemShelf& shelf,
                                const std::string& date) {
  const MeasuredSteps steps(files, shelf);
  StepCalibration out = fitted_to(steps, start);
  if (steps.size() == 0) return out;
  const Calibration& fitted = out.file.steps;
  const std::vector<double> model = judge_by_model(steps, start.errors, out);
  const std::vector<double> system = cross_validate(steps, fitted, system_of);
  const std::vector<double> stack = cross_validate(steps, fitted, stack_of);
  out.without_system = score_of(system);
  out.without_stack = score_of(stack);
  ErrorModel& errors = out.file.errors;
  if (steps.size() >= kEnoughRows) {
    const auto everything = [](std::size_t) { return true; };
    const double known = half_width(interval_over(ratios_of(model, everything)));
    errors.new_system = added(half_width(interval_over(ratios_of(system, everything))), known);
    errors.new_stack = added(half_width(interval_over(ratios_of(stack, everything))), known);
    errors.borrowed_kernels = borrowing_error(steps, fitted);
    errors.systems.clear();
    errors.stacks.clear();
    errors.largest_gpus = 0.0;
    add_names(steps, errors);
  }
  out.file.provenance = provenance_of(out, date);
  return out;
}

StepCalibration refine_steps(std::span<const config::MeasurementFile> files,
                             const CalibrationFile& start, SystemShelf& shelf,
                             const std::string& date) {
  const MeasuredSteps steps(files, shelf);
  // What is odd in one row does not average out among few.
  const auto rows = static_cast<double>(std::clamp(steps.size(), std::size_t{1}, kEnoughRows));
  StepCalibration out = fitted_to(steps, start, kStepPull * kEnoughRows / rows);
  if (steps.size() == 0) return out;
  std::set<std::string> models;
  for (std::size_t i = 0; i < steps.size(); ++i) models.insert(model_of(steps.at(i)));
  std::string intervals = "intervals: kept, these rows are too few, or of one model;\n";
  if (steps.size() >= kEnoughRows && models.size() > 1) {
    judge_by_model(steps, start.errors, out);
    intervals = fmt::format("each model predicted by a fit to the others: {};\n",
                            text_of(out.without_model));
  }
  add_names(steps, out.file.errors);
  out.file.provenance = fmt::format(
      "moved on {} by `fleetcast calibrate` to {} measured training {};\n"
      "mean absolute error {}, before {};\n{}of the numbers before: {}\n",
      date, out.rows, out.rows == 1 ? "step" : "steps", text_of(out.fitted), text_of(out.before),
      intervals, start.provenance);
  return out;
}

RefinedSubject subject_of(const StepCalibration& steps, const CalibrationFile& start) {
  std::vector<Knob<Calibration>> knobs;  // a spread is the range that the meaning allows
  for (const Fitted& f : kFitted) knobs.push_back({f.member, {1.0, f.low, f.high, f.high - f.low}});
  return {.name = "training steps",
          .sections = {{"step time", steps.rows, steps.before.mape, steps.fitted.mape,
                        moves_text(start.steps, steps.file.steps, knobs)}},
          .note = "for every system",
          .files = {{"calibration.yaml", yaml_of(steps)}}};
}

std::string yaml_of(const StepCalibration& calibration) {
  return "# Written by `fleetcast calibrate`: what measured training steps set, and how far they\n"
         "# lie from predictions. `fleetcast list keys` says what each number means.\n" +
         yaml_of(calibration.file);
}

}  // namespace fleetcast::fit
