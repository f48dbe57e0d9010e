#pragma once

// The output of nccl-tests ("all_reduce_perf", ...): a header that names each rank's host and
// device, then lines "size count type redop root time algbw busbw #wrong ...", out of place first.

#include <istream>
#include <string_view>

#include "sim/validation/kernel_table.hpp"

namespace fleetcast {

/// Out-of-place times. Lines that are none of these are passed over; a log without rank lines, of a
/// device or a collective that is not known, or without times has problems, as have a test that
/// failed, a line of results that breaks off and one with wrong values.
KernelTable<CollectiveRow> read_nccl_log(std::istream& in, std::string_view file);

}  // namespace fleetcast
