#pragma once

#include <string>

#include "sim/report/record.hpp"

namespace fleetcast::report {

/// A header and one line a row (RFC 4180, but lines end in \n). Nested keys are joined by dots,
/// lists by ';'. Columns are those of all rows, in the order of their first use.
std::string to_csv(const Records& rows);

}  // namespace fleetcast::report
