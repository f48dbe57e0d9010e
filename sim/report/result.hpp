#pragma once

// What commands hand to the writers: results with the names of what they are about.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/engine/chip/library.hpp"
#include "sim/engine/step/simulate.hpp"
#include "sim/plan/fleet.hpp"
#include "sim/plan/remedy.hpp"
#include "sim/plan/search.hpp"
#include "sim/plan/sensitivity.hpp"
#include "sim/plan/waterfall.hpp"
#include "sim/validation/claim.hpp"
#include "sim/validation/deviation.hpp"

namespace fleetcast::report {

/// What an estimate is about.
struct Subject {
  std::string scenario, question;
  std::string model;        ///< its name
  std::string system;       ///< file of configs/clusters
  std::string system_name;  ///< as users call it
  std::string stack;
  std::string note;  ///< what stands in for what is not known; empty: nothing
  double seq_len = 0;
  double tokens = 0;  ///< of the whole run; 0: one step only
};

struct EstimateResult {
  Subject subject;
  Estimate estimate;
  std::vector<Remedy> remedies;  ///< of a plan that does not fit in memory
};

/// A step played by events, beside what formulas say.
struct StepReport {
  Subject subject;
  Plan plan;
  const Precision* precision = nullptr;
  std::vector<std::string> tiers;  ///< names, innermost first
  bool folded = true, contention = true;
  step::Simulated simulated;
  Timeline analytic;
  double mfu = 0;
};

/// A collective played message by message.
struct CollectiveReport {
  Subject subject;
  std::string_view op, algorithm;
  Bytes payload{};
  int ranks = 0;
  int slow_ranks = 0;
  Seconds time{}, analytic{};
  BytesPerSecond bus{};  ///< bus bandwidth of nccl-tests
  std::uint64_t messages = 0;
};

struct SearchReport {
  Subject subject;
  double gpus = 0;
  std::vector<std::string_view> precisions;  ///< recipes searched
  SearchResult result;
};

struct FleetReport {
  std::string question;
  Seconds deadline{};
  std::vector<Subject> subjects;  ///< as answer.fleets
  FleetAnswer answer;
  std::vector<ClaimCheck> claims;
};

struct ValidationReport {
  Validation validation;
  std::vector<KnownGap> gaps;
  bool all_rows = false;  ///< in the text too
};

/// What a plan's time hangs on.
struct SensitivityReport {
  Subject subject;
  Sensitivities sensitivities;
  std::vector<ClaimCheck> claims;  ///< of the scenario, without fleets of ours
};

/// From which value of a field on a condition holds.
struct BreakEven {
  struct At {
    std::string value;             ///< of the field, with its unit
    std::optional<double> metric;  ///< in SI units; nothing: no plan runs
  };
  std::string field, metric, condition;
  bool holds_now = false;
  double factor = 1;  ///< of the present value
  At present, there;
};

/// Why one fleet is smaller than another.
struct WaterfallReport {
  Subject from, to;
  Seconds deadline{};
  Waterfall waterfall;
};

/// Kernels on one simulated chip.
struct ChipReport {
  struct Row {
    std::string kernel, shape;
    chip::KernelRun run;
    Seconds fitted{};        ///< by the analytic curves; zero: not priced
    double efficiency = 0;   ///< of the datasheet's peak, or of HBM's where nothing is multiplied
    double l2 = 0, hbm = 0;  ///< used, of what they can carry
  };
  std::string gpu, microarchitecture;
  chip::Beside beside;
  std::vector<Row> rows;
};

/// Rows under named columns: what `list` and `show` print.
using Cell = std::variant<std::string, double, bool>;

struct Listing {
  std::string title;  ///< key of the rows in JSON
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
  std::vector<std::pair<std::string, std::string>> sources;  ///< name and text
};

/// Why a plan cannot run: "needs 94.0 GiB a GPU, 79.1 GiB are usable".
std::string misfit_text(const Misfit& misfit);

/// "none", "selective", "full", "full, 2 layers of each chunk", "layernorm+mla_up_proj".
std::string recompute_text(const Recompute& recompute);

/// One part of the memory, with its name in JSON.
struct MemoryPart {
  std::string_view key;
  Bytes MemoryUse::*bytes;
  std::string_view meaning;
};
std::span<const MemoryPart> memory_parts();

}  // namespace fleetcast::report
