#pragma once

// What rows call things that configs/ calls otherwise.

#include <string>

#include "sim/config/measurement.hpp"

namespace fleetcast {

/// "name release" of the stack a row ran: as it states, else the one whose words (cited_as) stand
/// in its source or framework; empty: no word is known.
std::string stack_of(const config::Measurement& row);

/// The file of configs/clusters for a system: "h200-141gb-sxm" is h200. As given, where there is
/// none.
std::string known_system(const std::string& name);

}  // namespace fleetcast
