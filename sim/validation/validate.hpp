#pragma once

// Predicted against measured, row by row and in sum.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/run/interval.hpp"
#include "sim/step/memory.hpp"
#include "sim/validation/case.hpp"
#include "sim/validation/memory_rows.hpp"

namespace fleetcast {

struct ValidatedRow {
  std::string id, source, system, precision, model, stack;
  bool is_moe = false;
  double gpus = 0;
  double measured_s = 0, predicted_s = 0;
  double measured_mfu = 0;   ///< model FLOPs (causal attention halved) over the dense bf16 peak
  ErrorInterval interval;    ///< of measured over predicted, as a forecast of this row has it
  double error = 0;          ///< predicted / measured - 1
  double measured_gib = 0;   ///< 0: not stated
  double predicted_gib = 0;  ///< allocated at the peak
  bool fits = true;          ///< predicted memory fits the GPU
  Breakdown breakdown;
  std::vector<std::string> notes;
  std::vector<std::string> unknown_knobs;
};

struct SkippedRow {
  std::string id, reason;
};

/// Over some rows: mean absolute and mean signed relative error, share within 10 %.
struct ErrorSummary {
  std::string group;  ///< "all", a system, "system precision", ...
  int count = 0;
  double mape = 0, bias = 0, within_10pct = 0, max_abs_error = 0;
};

struct Validation {
  std::vector<ValidatedRow> rows;
  std::vector<SkippedRow> skipped;
  ErrorSummary all;
  std::vector<ErrorSummary> by_system, by_precision, by_kind;  ///< by_precision: system and recipe
  std::vector<ErrorSummary> by_model, by_stack;
  double ratio_p10 = 1, ratio_p90 = 1;  ///< measured over predicted, percentiles of all rows
  double interval_coverage = 0;         ///< share of rows inside their own forecast's interval
  MemoryValidation memory;
};

/// What rows can have in common, and where they are summed up by it.
struct Grouping {
  std::string_view key;    ///< in JSON: "by_system"
  std::string_view title;  ///< for people
  std::string (*group_of)(const ValidatedRow& row);
  std::vector<ErrorSummary> Validation::*summaries;
};
std::span<const Grouping> groupings();

/// What predicts rows: formulas and fitted curves; or events, steps on shared links and kernels on
/// the simulated chip.
enum class Engine : unsigned char { kAnalytic, kEvent };

/// Requires: files already read. Overrides reach into systems and stacks. A row that cannot be
/// modelled is skipped with its reason.
Validation validate(std::span<const config::MeasurementFile> files,
                    const config::Overrides& overrides = {}, Engine engine = Engine::kAnalytic);

/// The rows of some systems that can be modelled, as they were measured: nothing is predicted.
std::vector<ValidatedRow> measured_rows(std::span<const config::MeasurementFile> files,
                                        std::span<const std::string> systems);

/// What stands against a case before it can be priced; empty: nothing.
std::string refusal(const Case& c);

/// Everything else of a validation, from its rows.
void sum_up(Validation& validation);

/// The files of one folder of configs/, in order.
std::vector<std::string> measurement_files(std::string_view folder);
inline std::vector<std::string> default_measurements() { return measurement_files("measurements"); }

ErrorSummary summarise(std::string group, std::span<const double> errors);

/// Whether one of `parts` stands in the row's id.
bool is_named(const ValidatedRow& row, std::span<const std::string> parts);

/// By absolute error; rows of equal error keep their order.
std::vector<const ValidatedRow*> worst_first(std::span<const ValidatedRow> rows);

}  // namespace fleetcast
