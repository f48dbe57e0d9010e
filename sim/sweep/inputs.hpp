#pragma once

// A sweep made ready: its scenario and all files that any point needs, every value of every axis
// read and checked. Nothing is read or parsed after this.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/config/scenario.hpp"
#include "sim/sweep/axis.hpp"
#include "sim/sweep/filter.hpp"
#include "sim/sweep/grid.hpp"
#include "sim/sweep/spec.hpp"

namespace fleetcast::sweep {

/// An axis as it moves one spec.
template <class Spec>
struct Moved {
  std::size_t axis = 0;
  Setter<Spec> setter;
};
template <class Spec>
using MovedBy = std::vector<Moved<Spec>>;

/// A file's spec before axes move it.
template <class Spec>
struct Source {
  Spec spec;
  MovedBy<Spec> axes;
  Hash content{};
};

struct SystemSource {
  config::LoadedSystem loaded;
  MovedBy<Cluster> cluster;
  MovedBy<Gpu> gpu;
  MovedBy<KernelCurves> kernels;
  Hash content{};
};

/// An axis that names files: its value picks the source.
struct Choice {
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t axis = kNone;

  [[nodiscard]] std::size_t at(const std::vector<std::uint32_t>& values) const {
    return axis == kNone ? 0 : values[axis];
  }
};

struct Inputs {
  SweepFile file;
  std::vector<std::string> sets;  ///< of the file, then of the command line
  config::Scenario base;
  std::vector<Axis> axes;
  Grid grid;
  std::vector<Filter> filters;

  Source<config::ScenarioSpec> scenario;
  Choice model, stack;
  std::vector<Source<Transformer>> models;
  std::vector<Source<Stack>> stacks;
  Source<CalibrationFile> calibration;
  /// Axes that name systems, chips, kernels or fabrics; each combination has its systems.
  std::vector<std::size_t> system_axes;
  std::vector<std::uint32_t> system_strides;
  std::vector<std::vector<std::size_t>> systems_at;  ///< indices of `systems`, by combination
  std::vector<SystemSource> systems;

  Hash common{};     ///< of the scenario, calibration, objective and program
  std::string echo;  ///< everything resolved, as YAML documents with names

  [[nodiscard]] std::size_t system_choice(const std::vector<std::uint32_t>& values) const;
  [[nodiscard]] bool admits(const std::vector<std::uint32_t>& values) const;
};

/// Throws: config::ConfigError with all problems of the sweep and of what it names.
Inputs prepare(const std::string& sweep, std::span<const std::string> sets = {});

/// Changes with every source of the price of a plan: results of another program are not these.
std::string_view model_version();

}  // namespace fleetcast::sweep
