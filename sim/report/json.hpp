#pragma once

#include <string>

#include "sim/report/record.hpp"

namespace fleetcast::report {

/// Indented JSON with a newline at its end; whole numbers have no fraction.
std::string to_json(const Record& record);
/// The same on one line.
std::string to_compact_json(const Record& record);

}  // namespace fleetcast::report
