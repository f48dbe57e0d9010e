#pragma once

// Results for people: the answer first, then why.

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/result.hpp"
#include "sim/report/run_report.hpp"
#include "sim/report/table.hpp"
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
