#pragma once

// Results for people: the answer first, then why.

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/result.hpp"
#include "sim/report/run_report.hpp"
#include "sim/report/table.hpp"
#include "sim/report/trace_summary.hpp"
#include "sim/validation/kernels.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast::report {

std::string to_text(const EstimateResult& result, const Style& style);
std::string to_text(const StepReport& report, const Style& style);
std::string to_text(const CollectiveReport& report, const Style& style);
std::string to_text(const SearchReport& report, const Style& style);
std::string to_text(const FleetReport& report, const Style& style);
std::string to_text(const Listing& listing, const Style& style);
std::string to_text(const BreakEven& report, const Style& style);
std::string to_text(const SensitivityReport& report, const Style& style);
std::string to_text(const WaterfallReport& report, const Style& style);
std::string to_text(const RunReport& report, const Style& style);
std::string to_text(const ChipReport& report, const Style& style);
std::string to_text(const TraceSummary& summary, const Style& style);
std::string to_text(const ValidationReport& report, const Style& style);
/// Empty without memory figures.
std::string to_text(const MemoryValidation& memory, const Style& style);
/// By group; the rows are too many for people.
std::string to_text(const KernelValidation& validation, const Style& style);

/// How many of the worst rows people are shown.
inline constexpr std::size_t kWorstRows = 12;

/// The answer: how many rows, how far off.
std::string verdict(const ErrorSummary& all, const Style& style);
/// A table of groups behind an empty line; empty without groups.
std::string summaries(std::string_view title, const std::vector<ErrorSummary>& groups,
                      const Style& style);

/// The headlines.
std::string answer_of(const EstimateResult& result);
std::string answer_of(const FleetReport& report);
std::string answer_of(const WaterfallReport& report);

/// The smallest fleet of each system that has one, by index.
std::vector<std::size_t> smallest_fleets(const FleetReport& report);

/// A line of a table of fleets behind its system and precision: GPUs with their range, days, MFU,
/// power, rental; "none" where nothing meets the deadline.
std::vector<Column> fleet_columns();
std::vector<std::string> fleet_cells(const Fleet& fleet);

/// Shares of a waterfall, and rows of a tornado, the largest first.
std::vector<ChangeShare> largest_first(const Waterfall& waterfall);
std::vector<Sensitivity> largest_first(const Sensitivities& s);
/// "2.05", "1 / 1.10" where GPUs are more, not fewer.
std::string times_fewer(double ratio);
/// "2.50 times fewer", "2.50 times more", "as many"
std::string ratio_text(double times);
std::string signed_whole(double number);  ///< "-3,823", "0", "+12"
/// What the shares of a waterfall are.
std::string waterfall_note(const WaterfallReport& report);
/// "+4.1 %", "does not run"
std::string reply_text(const Reply& reply, const Sensitivities& s);

/// "h100-80gb-sxm: 8,000 GPUs are claimed ..."
std::string claim_text(const ClaimCheck& claim);
/// What each claim needs, what we find, what was measured; empty without claims.
/// What must be true for a claim to hold, beside what was measured.
std::string claim_needs_text(const ClaimCheck& claim);
std::string claims_text(const std::vector<ClaimCheck>& claims, const Style& style);

/// One line: sizes that are not 1, batches, sharding, schedule.
std::string plan_text(const Plan& plan);

/// "H100 SXM 80 GB" of "H100 SXM 80 GB, HGX H100".
std::string short_name(const Subject& subject);

/// The costs that are there, largest first.
std::vector<Cost> costs_of(const Breakdown& breakdown);

}  // namespace fleetcast::report
