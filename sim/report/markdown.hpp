#pragma once

// Documents that a command writes and the tree keeps.

#include <string>
#include <vector>

#include "sim/validation/deviation.hpp"

namespace fleetcast::report {

/// results/deviations.md: where the model is wrong, by cause, and every row off by more than 15 %.
std::string deviations_markdown(const Validation& validation, const std::vector<KnownGap>& gaps);

}  // namespace fleetcast::report
