#pragma once

// A sweep as its file states it: a scenario, axes over fields of its files, filters.

#include <string>
#include <vector>

#include "sim/config/library.hpp"
#include "sim/config/reader.hpp"

namespace fleetcast::sweep {

/// From one value to another. Values are those of the axis' field, units included.
struct RangeSpec {
  config::NodePtr from, to;
  config::NodePtr step;   ///< range: between neighbours
  config::NodePtr ratio;  ///< log: of neighbours
  int points = 0;         ///< instead of them
};

/// Values of one field: a list, or a range.
struct AxisSpec {
  std::string path;  ///< as --set takes it
  std::vector<config::NodePtr> values;
  RangeSpec range, log;
};

/// One dimension of the grid: a field, or several that move together.
struct DimensionSpec : AxisSpec {
  std::vector<AxisSpec> zip;
};

struct SweepSpec {
  std::string name;
  std::string question;
  std::string scenario;
  std::string objective;  ///< a row of goals() (goal.hpp)
  std::vector<std::string> sets;
  std::vector<DimensionSpec> axes;  ///< the last one moves fastest
  std::vector<std::string> where;
};

/// A sweep's file with the places of all it says.
struct SweepFile {
  SweepSpec spec;
  std::string path;
  std::string text;
  config::Tree tree;
};

/// The file of a name in configs/sweeps, or of a path. Throws: config::ConfigError.
SweepFile load_sweep(const std::string& name_or_path);

/// Where the file gives `path` ("axes.0.values.2"), or the nearest one above.
config::Place place_in(const config::Tree& tree, std::string_view path);

}  // namespace fleetcast::sweep

namespace fleetcast::fields {
template <>
struct List<sweep::RangeSpec> {
  using Spec = sweep::RangeSpec;
  static constexpr auto value = std::tuple{
      required("from", &Spec::from, "first value"),
      required("to", &Spec::to, "last value; a step that misses it ends before"),
      optional("step", &Spec::step, "range: difference of neighbours"),
      optional("ratio", &Spec::ratio, "log: ratio of neighbours, more than 1"),
      optional("points", &Spec::points, "how many values, both ends included", between(2, 10'000)),
  };
};
template <>
struct List<sweep::AxisSpec> {
  using Spec = sweep::AxisSpec;
  static constexpr auto value = std::tuple{
      optional("path", &Spec::path, "field that --set takes, such as plan.tp or gpu.hbm_bandwidth"),
      optional("values", &Spec::values, "list of its values"),
      optional("range", &Spec::range, "values at equal distance: from, to, step or points"),
      optional("log", &Spec::log, "values of equal ratio: from, to, ratio or points"),
  };
};
template <>
struct List<sweep::DimensionSpec> {
  static constexpr auto value =
      std::tuple_cat(List<sweep::AxisSpec>::value,
                     std::tuple{optional("zip", &sweep::DimensionSpec::zip,
                                         "instead: axes of as many values each, moved together")});
};
template <>
struct List<sweep::SweepSpec> {
  using Spec = sweep::SweepSpec;
  static constexpr auto value = std::tuple{
      required("name", &Spec::name, "of the sweep; a file of results holds one"),
      optional("question", &Spec::question, "what it is to answer"),
      required("scenario", &Spec::scenario, "file of configs/scenarios, or a path"),
      required("objective", &Spec::objective, "of each point: estimate, search or plan"),
      optional("sets", &Spec::sets, "\"path=value\" for all points"),
      required("axes", &Spec::axes, "dimensions of the grid; the last one moves fastest"),
      optional("where", &Spec::where, "conditions that points meet: plan.tp * plan.pp <= 64"),
  };
};
}  // namespace fleetcast::fields
