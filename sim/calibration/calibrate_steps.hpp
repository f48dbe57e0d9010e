#pragma once

// configs/calibration.yaml made anew: what training steps set, and from cross-validation how far
// predictions lie from steps that no fit saw.

#include <span>
#include <string>
#include <vector>

#include "sim/calibration/fit_steps.hpp"

namespace fleetcast::fit {

/// Errors over some rows, in percent; bias is negative where predictions are too fast.
struct StepScore {
  double mape = 0, bias = 0, within_10pct = 0;
};

struct StepCalibration {
  CalibrationFile file;
  StepScore before, fitted;
  StepScore without_model, without_system, without_stack;  ///< each left out of its own fit
  double coverage = 0;  ///< of 80 % intervals made from other models' rows
  int rows = 0;
  std::vector<std::string> skipped;
};

/// Rows too few to tell a spread keep that of `start`. Same rows, same answer.
/// `date` goes into the file's provenance.
StepCalibration calibrate_steps(std::span<const config::MeasurementFile> files,
                                const CalibrationFile& start, SystemShelf& shelf,
                                const std::string& date);

/// The whole file.
std::string yaml_of(const StepCalibration& calibration);

}  // namespace fleetcast::fit
