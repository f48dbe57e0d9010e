#pragma once

// Documents that a command writes and the tree keeps.

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/result.hpp"
#include "sim/validation/peer.hpp"

namespace fleetcast::report {

/// results/deviations.md: where the model is wrong, by cause, and every row off by more than 20 %.
std::string deviations_markdown(const ValidationReport& report);

/// results/validation.md: how far off, by system, precision, model and stack, and the worst rows.
std::string validation_markdown(const ValidationReport& report);

/// results/validation.svg: predicted against measured.
std::string validation_chart(const Validation& validation);

/// results/peers.md: what other programs claim, and our errors on the same rows.
std::string peers_markdown(const std::vector<PeerComparison>& peers);

/// A table of groups, its line of titles included.
std::string summary_table(std::string_view title, const std::vector<ErrorSummary>& groups);

/// "gemm 60 %, bubble 12 %, ep_exposed 9 %"
std::string largest_costs(const ValidatedRow& row);

/// `text` as a cell of a table.
std::string cell(std::string_view text);

}  // namespace fleetcast::report
