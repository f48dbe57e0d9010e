#include "sim/sweep/prepare.hpp"

#include <algorithm>
#include <array>

#include "models/base/nearest.hpp"
#include "sim/sweep/goal.hpp"

namespace fleetcast::sweep {
namespace {

constexpr std::array<std::string_view, 6> kParts{"cluster", "gpu",   "kernels",
                                                 "model",   "stack", "calibration"};
}  // namespace

Preparation::Preparation(const std::string& sweep, std::span<const std::string> sets)
    : in_{.file = load_sweep(sweep)} {
  in_.sets = in_.file.spec.sets;
  in_.sets.insert(in_.sets.end(), sets.begin(), sets.end());
}

Inputs Preparation::run() {
  check_objective();
  const std::size_t of_objective = problems_.size();
  list_axes();
  check_paths();
  load_base();
  if (problems_.size() > of_objective) throw config::ConfigError(std::move(problems_));
  move_scenario();
  load_models();
  load_stacks();
  move("calibration", in_.calibration.spec, in_.calibration.axes);
  load_systems();
  make_grid();
  for (const config::Problem& problem : reader_.problems) add(problem);
  if (problems_.empty()) make_filters();
  if (!problems_.empty()) throw config::ConfigError(std::move(problems_));
  return std::move(in_);
}

/// Bases share axes: what several have to say is said once.
void Preparation::add(const config::Problem& problem) {
  const auto same = [&](const config::Problem& p) { return p.text() == problem.text(); };
  if (std::none_of(problems_.begin(), problems_.end(), same)) problems_.push_back(problem);
}

std::string_view Preparation::part_of(std::string_view path) const {
  for (const std::string_view part : kParts)
    if (path.starts_with(part) && path.substr(part.size()).starts_with('.')) return part;
  return "";
}

void Preparation::check_objective() {
  std::vector<std::string_view> keys;
  for (const Goal* goal : goals()) keys.push_back(goal->key);
  const std::string& given = in_.file.spec.objective;
  if (std::find(keys.begin(), keys.end(), given) != keys.end()) return;
  add(config::problem_at(place_in(in_.file.tree, "objective"), "objective",
                         quoted(given) + " is not known here" + suggestion(given, "known", keys)));
}

void Preparation::list_axes() {
  const std::vector<DimensionSpec>& dimensions = in_.file.spec.axes;
  for (std::uint32_t d = 0; d < dimensions.size(); ++d) {
    const std::string key = "axes." + std::to_string(d);
    if (dimensions[d].zip.empty()) given_.push_back({&dimensions[d], key, d});
    for (std::size_t k = 0; k < dimensions[d].zip.size(); ++k)
      given_.push_back({&dimensions[d].zip[k], key + ".zip." + std::to_string(k), d});
  }
  parsers_.resize(given_.size());
  for (const Given& given : given_) {
    Axis& axis = in_.axes.emplace_back();
    axis.path = given.spec->path;
    axis.at = place_in(in_.file.tree, given.key + ".path");
    for (const config::NodePtr& value : given.spec->values) axis.places.push_back(value->at);
  }
}

/// One field is moved by one axis: neither twice, nor as part of what another replaces whole.
void Preparation::check_paths() {
  for (std::size_t i = 0; i < in_.axes.size(); ++i)
    for (std::size_t k = 0; k < in_.axes.size(); ++k) {
      const std::string& path = in_.axes[i].path;
      const std::string& other = in_.axes[k].path;
      const bool is_again = path == other && k < i;
      if (is_again || path.starts_with(other + "."))
        // The model's file and its fields, "model" and "model.layers", are different things.
        if (is_again || std::find(kParts.begin(), kParts.end(), other) == kParts.end())
          add(config::problem_at(in_.axes[i].at, given_[i].key + ".path",
                                 quoted(path) + " is moved by axis " + given_[k].key + " as well"));
    }
}

void Preparation::load_base() {
  const config::Place at = place_in(in_.file.tree, "scenario");
  const config::Place sets = place_in(in_.file.tree, "sets");
  std::string path;
  collect(at, "scenario", [&] {
    path = config::path_of("scenarios", {in_.file.spec.scenario, at});
  });
  if (path.empty()) return;
  try {
    in_.base = config::load_scenario(path, in_.sets, config::Together::kLeave);
  } catch (const config::ConfigError& error) {
    for (config::Problem problem : error.problems()) {
      const auto& own = in_.file.spec.sets;
      const auto found = std::find_if(own.begin(), own.end(), [&](const std::string& text) {
        return text.starts_with(problem.key + "=") ||
               problem.key.starts_with(text.substr(0, text.find('=')));
      });
      if (problem.file == "--set" && found != own.end()) {
        const std::string key = "sets." + std::to_string(found - own.begin());
        problem = config::problem_at(place_in(in_.file.tree, key), key,
                                     problem.key + ": " + problem.what);
      }
      add(problem);
    }
  }
  in_.scenario.spec = in_.base.spec;
  in_.calibration.spec = in_.base.calibration;
}

void Preparation::move_scenario() {
  move("", in_.scenario.spec, in_.scenario.axes);
  for (const auto& moved : in_.scenario.axes) {
    const Axis& axis = in_.axes[moved.axis];
    if (axis.path == "model") in_.model.axis = moved.axis;
    if (axis.path == "stack") in_.stack.axis = moved.axis;
    config::ScenarioSpec spec = in_.scenario.spec;
    for (std::size_t v = 0; v < axis.cells.size(); ++v) {
      moved.setter.set(v, spec);
      for (const SpecProblem& problem : check_fields(spec))
        if (problem.key == axis.path)
          add(config::problem_at(axis.places.empty() ? axis.at : axis.places[v], problem.key,
                                 problem.what));
    }
  }
}

void Preparation::load_models() {
  const config::Overrides& overrides = in_.base.overrides;
  const auto add_model = [&](Transformer model) {
    Source<Transformer>& source = in_.models.emplace_back();
    source.spec = std::move(model);
    move("model", source.spec, source.axes);
  };
  if (in_.model.axis == Choice::kNone) return add_model(in_.base.model);
  const Axis& axis = in_.axes[in_.model.axis];
  for (std::size_t v = 0; v < axis.cells.size(); ++v) {
    const config::Name name{std::get<std::string>(axis.cells[v]), axis.places[v]};
    collect(name.at, axis.path, [&] { add_model(config::load_model(name, overrides).value); });
  }
}

void Preparation::load_stacks() {
  const auto add_stack = [&](Stack stack) {
    Source<Stack>& source = in_.stacks.emplace_back();
    source.spec = std::move(stack);
    move("stack", source.spec, source.axes);
  };
  if (in_.stack.axis == Choice::kNone) return add_stack(in_.base.stack);
  const Axis& axis = in_.axes[in_.stack.axis];
  for (std::size_t v = 0; v < axis.cells.size(); ++v)
    collect(axis.places[v], axis.path, [&] {
      add_stack(config::load_stack(std::get<std::string>(axis.cells[v]), in_.base.overrides).stack);
    });
}

}  // namespace fleetcast::sweep
