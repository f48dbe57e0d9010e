#pragma once

// What a calibration to a user's rows found: the answer first, then what moved, then how to use it.

#include <string>

#include "sim/calibration/refine_kernels.hpp"
#include "sim/report/result.hpp"
#include "sim/report/table.hpp"

namespace fleetcast::report {

/// `folder` is where the files are.
std::string calibration_text(const fit::Refinement& all, const std::string& folder,
                             const Style& style);

/// A section a row, errors as ratios; for JSON and CSV.
Listing calibration_listing(const fit::Refinement& all);

}  // namespace fleetcast::report
