#pragma once

// Accuracy then and now, for the gate.

#include <span>
#include <string>

#include "sim/report/result.hpp"
#include "sim/validation/accuracy.hpp"

namespace fleetcast::report {

Listing accuracy_listing(std::span<const AccuracyChange> changes);

/// One line that names the groups that are worse or gone; empty without any.
std::string regression_text(std::span<const AccuracyChange> changes);

}  // namespace fleetcast::report
