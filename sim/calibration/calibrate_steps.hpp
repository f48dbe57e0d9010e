#pragma once

// configs/calibration.yaml made anew, or moved to a user's own steps: what training steps set, and
// from cross-validation how far predictions lie from steps that no fit saw.

#include <span>
#include <string>
#include <vector>

#include "sim/calibration/fit_steps.hpp"
#include "sim/calibration/refine_kernels.hpp"

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

/// configs/calibration.yaml made anew. Rows too few to tell a spread keep that of `start`. Same
/// rows, same answer. `date` goes into the file's provenance.
StepCalibration calibrate_steps(std::span<const config::MeasurementFile> files,
                                const CalibrationFile& start, SystemShelf& shelf,
                                const std::string& date);

/// `start` moved to a user's steps, the less the fewer they are. Its intervals stay where these are
/// too few, or of one model, and what they cannot tell stays: how much less is known of other
/// systems and stacks. Systems and stacks of the rows join those that were validated.
StepCalibration refine_steps(std::span<const config::MeasurementFile> files,
                             const CalibrationFile& start, SystemShelf& shelf,
                             const std::string& date);

/// The same as what a refinement says of a chip.
RefinedSubject subject_of(const StepCalibration& steps, const CalibrationFile& start);

/// The whole file.
std::string yaml_of(const StepCalibration& calibration);

}  // namespace fleetcast::fit
