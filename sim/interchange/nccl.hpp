#pragma once

// Logs of nccl-tests as what this program knows of links: rows of measured collectives, and a
// fabric of configs/fabrics whose curves they have moved.

#include <string>
#include <vector>

#include "sim/calibration/refine_kernels.hpp"
#include "sim/report/result.hpp"

namespace fleetcast::interchange {

/// Rows of all logs. `link`: what joins the nodes, which logs do not say; "" where they are of one
/// node each. Throws: config::ConfigError with everything wrong with the logs, as file:line:1, and
/// for logs of several nodes without a link.
std::vector<CollectiveRow> read_nccl_logs(const std::vector<std::string>& files,
                                          const std::string& link);

/// The rows under the columns of tables of collectives (sim/validation/kernel_table.hpp).
report::Listing nccl_table(const std::vector<CollectiveRow>& rows);

/// The file of the fabric that the rows are of, for a folder of --configs: as `fleetcast calibrate`
/// moves it. Throws: config::ConfigError for rows of several fabrics, or of none that is known.
fit::NewFile nccl_fabric(const std::vector<CollectiveRow>& rows, const std::string& date);

}  // namespace fleetcast::interchange
