#pragma once

// A published row as something to price: its system, model, stack and plan, or why not.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/library.hpp"
#include "sim/config/measurement.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast {

/// Systems by name, loaded once.
class SystemShelf {
 public:
  explicit SystemShelf(config::Overrides overrides = {})
      : overrides_(std::move(overrides)),
        calibration_(config::load_calibration(overrides_).value) {}

  /// Of `--set`, for what rows name.
  [[nodiscard]] const config::Overrides& overrides() const { return overrides_; }
  [[nodiscard]] const CalibrationFile& calibration() const { return calibration_; }

  /// Throws: config::ConfigError for a name no file has.
  const System& find(const std::string& name, const config::RowNetwork& network);

 private:
  config::Overrides overrides_;
  CalibrationFile calibration_;
  std::map<std::string, std::unique_ptr<System>> systems_;
};

/// Everything a row says, in our terms. Owns what its Pricing points to.
struct Case {
  const config::Measurement* row = nullptr;
  std::unique_ptr<Transformer> model;
  std::unique_ptr<Stack> stack;
  std::unique_ptr<std::vector<ChunkLayers>> layout;
  Pricing pricing;
  Plan plan;
  std::string skipped;             ///< reason; empty: can be priced
  std::vector<std::string> notes;  ///< what was assumed or stood in
  std::vector<std::string> unknown_knobs;
};

/// Requires: `row` and `file` outlive the case, as `shelf` does.
Case make_case(const config::Measurement& row, const config::MeasurementFile& file,
               SystemShelf& shelf);

}  // namespace fleetcast
