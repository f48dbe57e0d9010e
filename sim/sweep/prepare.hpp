#pragma once

// How a sweep is made ready (inputs.hpp), problem by problem.

#include <functional>
#include <string>
#include <vector>

#include "sim/sweep/inputs.hpp"

namespace fleetcast::sweep {

class Preparation {
 public:
  /// Throws: config::ConfigError for a sweep's file that cannot be read.
  Preparation(const std::string& sweep, std::span<const std::string> sets);

  /// Throws: config::ConfigError with all problems.
  Inputs run();

 private:
  struct Given {
    const AxisSpec* spec = nullptr;
    std::string key;  ///< "axes.1.zip.0"
    std::uint32_t dimension = 0;
  };

  void check_objective();
  void load_base();
  void list_axes();
  void check_paths();
  void move_scenario();
  void load_models();
  void load_stacks();
  void load_systems();
  void add_systems(const std::vector<std::uint32_t>& values);
  std::size_t system_at(const config::Name& name, const std::vector<std::string>& naming);
  void make_grid();
  void make_filters();
  void add(const config::Problem& problem);
  [[nodiscard]] std::string_view part_of(std::string_view path) const;

  template <class Spec>
  void move(std::string_view part, const Spec& spec, MovedBy<Spec>& out);
  template <class Run>
  void collect(const config::Place& at, const std::string& key, Run&& run);

  Inputs in_;
  std::vector<Given> given_;
  config::Reader reader_;
  std::vector<config::Problem> problems_;
  std::vector<std::function<Cell(const std::string&)>> parsers_;  ///< by axis: text as its value
  std::vector<std::string> system_keys_;                          ///< as in_.systems
};

/// Problems of what is named, at the place of the name.
template <class Run>
void Preparation::collect(const config::Place& at, const std::string& key, Run&& run) {
  try {
    run();
  } catch (const config::ConfigError& error) {
    for (config::Problem problem : error.problems()) {
      if (problem.file == "--set") problem = config::problem_at(at, key, problem.what);
      if (problem.key.empty()) problem.key = key;
      add(problem);
    }
  }
}

template <class Spec>
void Preparation::move(std::string_view part, const Spec& spec, MovedBy<Spec>& out) {
  for (std::size_t i = 0; i < given_.size(); ++i) {
    Axis& axis = in_.axes[i];
    if (part_of(axis.path) != part) continue;
    const std::size_t before = reader_.problems.size();
    Setter<Spec> setter;
    {
      const config::Reader::Scope scope(reader_, given_[i].key + ".path");
      setter = setter_at(spec, part.empty() ? axis.path : axis.path.substr(part.size() + 1),
                         axis.at, reader_);
    }
    if (!setter.set) continue;
    const config::Reader::Scope scope(reader_, axis.path);
    add_values(*given_[i].spec, axis.at, setter, reader_);
    if (reader_.problems.size() != before) continue;
    if (axis.cells.empty()) describe(setter, count_of(*given_[i].spec, setter.number), axis);
    parsers_[i] = setter.parse;
    out.push_back({i, std::move(setter)});
  }
}

}  // namespace fleetcast::sweep
