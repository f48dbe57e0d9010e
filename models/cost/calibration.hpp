#pragma once

// The few global numbers that published training steps set, because no kernel table holds them. One
// set serves every chip, model and stack; `fleetcast calibrate` fits them (sim/calibration) and
// writes configs/calibration.yaml, which says to what and how well.

#include <string>
#include <vector>

#include "models/base/fields.hpp"

namespace fleetcast {

/// Neutral by default: kernels and links as their tables say, nothing hidden, nothing disturbed.
struct Calibration {
  double gemm_rate = 1.0;
  double attention_rate = 1.0;
  double memory_rate = 1.0;
  double network_rate = 1.0;
  double tensor_exposed = 1.0;
  double interference = 0.0;
  double straggler = 1.0;
  double host = 1.0;

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

/// Ratio of measured to predicted step time: 10th and 90th percentile.
struct ErrorInterval {
  double p10 = 1.0, p90 = 1.0;
};

/// How far measurements lie from predictions that never saw them (cross-validation over published
/// rows), and how much farther where a forecast leaves what was validated. Additions are half
/// widths of an 80 % interval in natural logarithms, and join in quadrature.
struct ErrorModel {
  ErrorInterval dense;               ///< each model predicted by a fit to all others
  ErrorInterval moe;                 ///< the same, mixtures of experts
  double new_system = 0.0;           ///< no row ran on this system
  double new_stack = 0.0;            ///< no row ran on this software
  double borrowed_kernels = 0.0;     ///< kernels of the chip are another generation's
  double scale = 0.0;                ///< for each doubling of GPUs beyond the largest row
  std::vector<std::string> systems;  ///< that rows ran on
  std::vector<std::string> stacks;   ///< names that rows ran on
  double largest_gpus = 0.0;         ///< of all rows
};

/// configs/calibration.yaml.
struct CalibrationFile {
  std::string provenance;
  Calibration steps;
  ErrorModel errors;
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<Calibration> {
  static constexpr auto value = std::tuple{
      optional("gemm_rate", &Calibration::gemm_rate,
               "rate of GEMMs in training over the sustained rate of kernel tables",
               between(0.8, 1.1)),
      optional("attention_rate", &Calibration::attention_rate,
               "rate of attention kernels in training over that of kernel tables",
               between(0.7, 1.1)),
      optional("memory_rate", &Calibration::memory_rate,
               "rate of memory-bound kernels in training over that of kernel tables",
               between(0.6, 1.2)),
      optional("network_rate", &Calibration::network_rate,
               "rate of collectives between domains beside others, over nccl-tests alone",
               between(0.4, 1.2)),
      optional("tensor_exposed", &Calibration::tensor_exposed,
               "share of a tensor-parallel collective chunked under its GEMM that stays visible",
               between(0.0, 1.0)),
      optional("interference", &Calibration::interference,
               "compute lost per second of communication beside it", between(0.0, 0.5)),
      optional("straggler", &Calibration::straggler,
               "spread of GPU speeds over the cluster's stated one", between(0.0, 3.0)),
      optional("host", &Calibration::host, "CPU time of launches over the stack's stated one",
               between(0.3, 2.0)),
  };
};
template <>
struct List<ErrorInterval> {
  static constexpr auto value = std::tuple{
      required("p10", &ErrorInterval::p10, "10th percentile of measured over predicted",
               between(0.2, 1.5)),
      required("p90", &ErrorInterval::p90, "90th percentile", between(0.7, 5.0)),
  };
};
template <>
struct List<ErrorModel> {
  static constexpr auto value = std::tuple{
      required("dense", &ErrorModel::dense, "dense models that no fit saw"),
      required("moe", &ErrorModel::moe, "mixtures of experts that no fit saw"),
      required("new_system", &ErrorModel::new_system,
               "half width added where no row ran on the "
               "system, in logarithms",
               kNonNegative),
      required("new_stack", &ErrorModel::new_stack, "where no row ran on the software",
               kNonNegative),
      required("borrowed_kernels", &ErrorModel::borrowed_kernels,
               "where the chip's kernels are another's", kNonNegative),
      required("scale", &ErrorModel::scale, "for each doubling of GPUs beyond the largest row",
               kNonNegative),
      required("systems", &ErrorModel::systems, "that rows ran on"),
      required("stacks", &ErrorModel::stacks, "that rows ran on, without releases"),
      required("largest_gpus", &ErrorModel::largest_gpus, "of all rows", kPositive),
  };
};
template <>
struct List<CalibrationFile> {
  static constexpr auto value = std::tuple{
      required("provenance", &CalibrationFile::provenance, "rows, error, date"),
      required("steps", &CalibrationFile::steps, "what training steps set"),
      required("errors", &CalibrationFile::errors, "how far steps lie from predictions"),
  };
};
}  // namespace fleetcast::fields
