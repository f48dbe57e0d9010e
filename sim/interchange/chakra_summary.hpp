#pragma once

// What traces of some ranks add up to.

#include "sim/interchange/chakra.hpp"
#include "sim/report/trace_summary.hpp"

namespace fleetcast::interchange::chakra {

/// Requires: check(traces) found nothing.
report::TraceSummary summary_of(const std::vector<Trace>& traces);

}  // namespace fleetcast::interchange::chakra
