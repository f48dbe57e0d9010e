#pragma once

// A result as an ordered tree of named values, in SI units: what the JSON and CSV writers print.
// Its keys are the contract of CONTRIBUTING.md.

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/report/result.hpp"
#include "sim/report/run_report.hpp"
#include "sim/report/trace_summary.hpp"
#include "sim/validation/kernels.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast::report {

struct Record;
struct Entry;
using Records = std::vector<Record>;
using Entries = std::vector<Entry>;

/// A number that is not finite has no JSON form; it is written as null.
struct Record {
  std::variant<std::monostate, std::string, double, bool, Records, Entries> value;

  Record() = default;
  Record(double number) : value(number) {}
  Record(int number) : value(double(number)) {}
  Record(bool flag) : value(flag) {}
  Record(std::string text) : value(std::move(text)) {}
  Record(std::string_view text) : value(std::string(text)) {}
  Record(const char* text) : value(std::string(text)) {}
  Record(Records items) : value(std::move(items)) {}
  Record(Entries entries) : value(std::move(entries)) {}
};

struct Entry {
  std::string key;
  Record value;
};

Record record_of(const Plan& plan);
Record record_of(const EstimateResult& result);
Record record_of(const Breakdown& breakdown);
Record record_of(const StepReport& report);
Record record_of(const CollectiveReport& report);
Record record_of(const SearchReport& report);
Record record_of(const FleetReport& report);
Record record_of(const Listing& listing);
Record record_of(const BreakEven& report);
Record record_of(const SensitivityReport& report);
Record record_of(const ClaimCheck& claim);
Record record_of(const WaterfallReport& report);
Record record_of(const RunReport& report);
Record record_of(const ChipReport& report);
Record record_of(const TraceSummary& summary);
Record record_of(const MemoryValidation& memory);
Record record_of(const Validation& validation);
inline Record record_of(const ValidationReport& report) { return record_of(report.validation); }
Record record_of(const KernelValidation& validation);

/// The rows a spreadsheet wants: one an estimate, a line of a listing, a measured row.
Records rows_of(const EstimateResult& result);
Records rows_of(const StepReport& report);
Records rows_of(const CollectiveReport& report);
Records rows_of(const SearchReport& report);
Records rows_of(const FleetReport& report);
Records rows_of(const Listing& listing);
Records rows_of(const BreakEven& report);
Records rows_of(const SensitivityReport& report);
Records rows_of(const WaterfallReport& report);
Records rows_of(const RunReport& report);
Records rows_of(const ChipReport& report);
/// One a rank.
Records rows_of(const TraceSummary& summary);
Records rows_of(const Validation& validation);
inline Records rows_of(const ValidationReport& report) { return rows_of(report.validation); }
Records rows_of(const KernelValidation& validation);

}  // namespace fleetcast::report
