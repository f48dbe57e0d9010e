#include <algorithm>

#include "sim/sweep/prepare.hpp"

namespace fleetcast::sweep {
namespace {

/// Combinations of axes that name systems, chips, kernels and fabrics.
constexpr std::size_t kMostSystems = 4096;

/// Fields that name a further file, so that their values load another system.
bool names_file(std::string_view path) {
  return path == "systems" || path == "cluster.gpu" || path == "gpu.kernels" ||
         (path.starts_with("cluster.") && path.ends_with(".fabric"));
}

std::string set_text(std::string_view path, const std::string& text) {
  std::string out = std::string(path) + "='";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

void Preparation::load_systems() {
  // What axes hold is read with the base's first system; the others need only have their fields.
  const System& first = in_.base.systems.front().system;
  MovedBy<Cluster> cluster;
  MovedBy<Gpu> gpu;
  move("cluster", first.cluster, cluster);
  move("gpu", first.gpu, gpu);
  std::size_t combinations = 1;
  for (std::size_t i = 0; i < in_.axes.size(); ++i) {
    const Axis& axis = in_.axes[i];
    if (!names_file(axis.path) || axis.cells.empty()) continue;
    in_.system_axes.push_back(i);
    in_.system_strides.push_back(static_cast<std::uint32_t>(combinations));
    combinations *= axis.cells.size();
    if (combinations <= kMostSystems) continue;
    return add(config::problem_at(axis.at, axis.path,
                                  "names more than 4,096 systems with the other axes"));
  }
  std::vector<std::uint32_t> values(in_.axes.size());
  for (std::size_t c = 0; c < combinations; ++c) {
    for (std::size_t i = 0; i < in_.system_axes.size(); ++i) {
      const std::size_t axis = in_.system_axes[i];
      values[axis] =
          static_cast<std::uint32_t>(c / in_.system_strides[i] % in_.axes[axis].cells.size());
    }
    add_systems(values);
  }
}

/// The systems of one combination.
void Preparation::add_systems(const std::vector<std::uint32_t>& values) {
  std::vector<std::string> naming;
  config::ScenarioSpec spec = in_.scenario.spec;
  config::Place at = in_.base.plan_at;
  for (const std::size_t axis : in_.system_axes) {
    const Axis& named = in_.axes[axis];
    const std::uint32_t v = values[axis];
    if (named.path != "systems") {
      naming.push_back(set_text(named.path, std::get<std::string>(named.cells[v])));
      at = named.places[v];
      continue;
    }
    at = named.places[v];
    for (const auto& moved : in_.scenario.axes)
      if (moved.axis == axis) moved.setter.set(v, spec);
  }
  std::vector<std::size_t>& out = in_.systems_at.emplace_back();
  for (const std::string& name : spec.systems)
    collect(at, "systems", [&] { out.push_back(system_at({name, at}, naming)); });
}

/// Index of the system, which is loaded when it is the first time.
std::size_t Preparation::system_at(const config::Name& name,
                                   const std::vector<std::string>& naming) {
  std::string key = name.text;
  for (const std::string& text : naming) key += "\n" + text;
  const auto found = std::find(system_keys_.begin(), system_keys_.end(), key);
  if (found != system_keys_.end()) return static_cast<std::size_t>(found - system_keys_.begin());
  config::Overrides overrides = in_.base.overrides;
  const config::Overrides more = config::sort_overrides(naming);
  overrides.cluster.insert(overrides.cluster.end(), more.cluster.begin(), more.cluster.end());
  overrides.gpu.insert(overrides.gpu.end(), more.gpu.begin(), more.gpu.end());
  SystemSource source{config::load_system(name, overrides), {}, {}, {}, {}};
  const System& system = source.loaded.system;
  move("cluster", system.cluster, source.cluster);
  move("gpu", system.gpu, source.gpu);
  move("kernels", system.curves, source.kernels);
  system_keys_.push_back(key);
  in_.systems.push_back(std::move(source));
  return in_.systems.size() - 1;
}

void Preparation::make_grid() {
  std::vector<std::uint32_t> sizes(in_.file.spec.axes.size(), 0);
  std::vector<std::uint32_t> dimensions;
  for (std::size_t i = 0; i < given_.size(); ++i) {
    const auto count = static_cast<std::uint32_t>(in_.axes[i].cells.size());
    std::uint32_t& size = sizes[given_[i].dimension];
    dimensions.push_back(given_[i].dimension);
    if (count == 0) continue;  // has its own problem
    if (size != 0 && size != count)
      add(config::problem_at(in_.axes[i].at, given_[i].key,
                             "has " + std::to_string(count) + " values, the axis before it has " +
                                 std::to_string(size) + ": they move together"));
    size = count;
  }
  in_.grid = Grid(sizes, dimensions);
  if (in_.grid.size() > kMostPoints)
    add(config::problem_at(place_in(in_.file.tree, "axes"), "axes",
                           "make more than 100,000,000 points"));
}

void Preparation::make_filters() {
  Names names;
  for (std::size_t i = 0; i < in_.axes.size(); ++i)
    names.axes.push_back({in_.axes[i].path, &in_.axes[i].cells, parsers_[i]});
  names.fixed = [&](std::string_view path) -> Cell {
    config::Reader ignored;
    const auto field = setter_at(in_.scenario.spec, path, {}, ignored);
    return field.get ? field.get(in_.scenario.spec) : Cell{};
  };
  const std::vector<std::string>& where = in_.file.spec.where;
  for (std::size_t i = 0; i < where.size(); ++i) {
    const std::string key = "where." + std::to_string(i);
    try {
      in_.filters.emplace_back(where[i], names);
    } catch (const FilterError& error) {
      add(config::problem_at(place_in(in_.file.tree, key), key,
                             "character " + std::to_string(error.offset + 1) + ": " + error.what));
    }
  }
}

}  // namespace fleetcast::sweep
