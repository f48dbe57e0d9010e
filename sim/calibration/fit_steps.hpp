#pragma once

// The global numbers of configs/calibration.yaml fitted to measured training steps, and how far
// predictions are off on steps that the fit did not see.

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/cost/calibration.hpp"
#include "sim/config/measurement.hpp"
#include "sim/validation/case.hpp"

namespace fleetcast::fit {

/// A parameter of Calibration and the range that its meaning allows.
struct Fitted {
  const char* key;
  double Calibration::*member;
  double low, high;
};
/// All that training steps set: at most eight.
inline constexpr std::array<Fitted, 8> kFitted{{
    {"gemm_rate", &Calibration::gemm_rate, 0.8, 1.1},
    {"attention_rate", &Calibration::attention_rate, 0.7, 1.1},
    {"memory_rate", &Calibration::memory_rate, 0.6, 1.2},
    {"network_rate", &Calibration::network_rate, 0.4, 1.2},
    {"tensor_exposed", &Calibration::tensor_exposed, 0.0, 1.0},
    {"interference", &Calibration::interference, 0.0, 0.5},
    {"straggler", &Calibration::straggler, 0.0, 3.0},
    {"host", &Calibration::host, 0.3, 2.0},
}};

/// Measured steps that can be priced, ready to be priced again and again.
class MeasuredSteps {
 public:
  /// Requires: `files` and `shelf` outlive this.
  MeasuredSteps(std::span<const config::MeasurementFile> files, SystemShelf& shelf);

  [[nodiscard]] std::size_t size() const { return cases_.size(); }
  [[nodiscard]] const Case& at(std::size_t i) const { return cases_[i]; }

  /// log(predicted / measured) of the rows in `use`, in their order; on another system than their
  /// own where one is given.
  [[nodiscard]] std::vector<double> log_errors(const Calibration& fitted,
                                               std::span<const std::size_t> use,
                                               const System* system = nullptr) const;

  /// Rows that cannot be priced, "id: reason".
  [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }

 private:
  std::vector<Case> cases_;
  std::vector<std::string> skipped_;
};

/// A parameter that the rows leave open stays where it was: moving it over its whole range costs as
/// much as 1 % of error.
inline constexpr double kStepPull = 0.01;

/// The calibration that makes predictions of the rows in `use` best: mean |log error|, rounded near
/// zero. Deterministic.
Calibration fit_steps(const MeasuredSteps& steps, std::span<const std::size_t> use,
                      const Calibration& start, double pull = kStepPull);

/// Log errors of all rows, each predicted by a fit to the rows of other groups.
using GroupOf = std::function<std::string(const Case&)>;
std::vector<double> cross_validate(const MeasuredSteps& steps, const Calibration& start,
                                   const GroupOf& group_of);

}  // namespace fleetcast::fit
