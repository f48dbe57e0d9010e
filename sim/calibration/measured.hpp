#pragma once

// What a command line names for a calibration: kernel tables, nccl-tests logs, training steps.

#include <string>
#include <vector>

#include "sim/calibration/fit_kernels.hpp"
#include "sim/config/measurement.hpp"

namespace fleetcast::fit {

struct Measured {
  KernelTables tables;
  std::vector<config::MeasurementFile> steps;
  std::vector<std::string> problems;  ///< "file:line:column: key: what", every one
};

/// Tables by their header lines (bench/device's skipped.csv is passed over), logs by ".log" and
/// ".txt", steps by ".yaml". A table without rows is a problem, as is a GPU that no file of
/// configs/gpus is named like; the public tables may name such (`any_gpu`). Throws:
/// config::ConfigError for a file that cannot be read.
Measured read_measured(const std::vector<std::string>& paths, bool any_gpu);

}  // namespace fleetcast::fit
