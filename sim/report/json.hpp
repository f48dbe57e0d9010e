#pragma once

#include <string>

#include "sim/report/record.hpp"

namespace fleetcast::report {

/// Indented JSON with a newline at its end; whole numbers have no fraction.
std::string to_json(const Record& record);
/// The same on one line.
std::string to_compact_json(const Record& record);

/// `text` with every byte that is no UTF-8 replaced by U+FFFD: file names may hold any.
std::string valid_utf8(const std::string& text);

}  // namespace fleetcast::report
