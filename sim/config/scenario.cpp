#include "sim/config/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/base/nearest.hpp"

namespace fleetcast::config {
namespace {

/// The node of a dotted path, without its provenance; the nearest one above where it is missing.
const Node& node_at(const Node& root, std::string_view path) {
  const Node* node = &root;
  for (std::string_view rest = path; !rest.empty();) {
    const auto dot = rest.find('.');
    const Node* next = node->find(rest.substr(0, dot));
    if (next == nullptr) break;
    node = next;
    rest = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
  }
  if (const Node* value = node->find("value"); value != nullptr) node = value;
  return *node;
}

/// What bounds of single fields cannot see, reported where the file has it.
class Checker {
 public:
  Checker(const Node& root, Reader& reader) : root_(root), reader_(reader) {}

  void check(const ScenarioSpec& spec, Together together) {
    report_all(check_fields(spec));
    listed("systems", spec.systems.empty());
    listed("precisions", spec.precisions.empty());
    if (together == Together::kCheck) report_all(check_together(spec));
  }

 private:
  void report_all(const std::vector<SpecProblem>& problems) {
    for (const SpecProblem& p : problems) report(p.key, p.what);
  }

  void report(std::string_view path, std::string what) {
    reader_.report(node_at(root_, path).at, std::move(what), path);
  }

  void listed(std::string_view path, bool is_empty) {
    const Node* given = root_.find(path);
    if (given == nullptr || !is_empty) return;
    const Node& list = node_at(root_, path);
    if (list.kind == Kind::kSequence && list.items.empty()) report(path, kEmptyList);
  }

  const Node& root_;
  Reader& reader_;
};

/// Runs steps one by one and keeps the problems of all.
class Collector {
 public:
  template <class Step>
  bool run(Step&& step) {
    try {
      step();
      return true;
    } catch (const ConfigError& error) {
      for (const Problem& problem : error.problems()) add(problem);
      return false;
    }
  }

  void finish() {
    if (!problems_.empty()) throw ConfigError(std::move(problems_));
  }

 private:
  /// Systems share chips, and all of them the overrides: what both have is said once.
  void add(const Problem& problem) {
    const auto same = [&](const Problem& p) { return p.text() == problem.text(); };
    if (std::none_of(problems_.begin(), problems_.end(), same)) problems_.push_back(problem);
  }

  std::vector<Problem> problems_;
};

/// The override as its user wrote it: files see "tdp", the command line had "gpu.tdp".
std::string whole_path(const std::string& key, const Overrides& overrides) {
  const auto matches = [&](const std::vector<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
      const std::string path = text.substr(0, text.find('='));
      return path == key || path.starts_with(key + ".") || key.starts_with(path + ".");
    });
  };
  if (matches(overrides.cluster)) return "cluster." + key;
  if (matches(overrides.gpu)) return "gpu." + key;
  if (matches(overrides.kernels)) return "kernels." + key;
  if (matches(overrides.model)) return "model." + key;
  if (matches(overrides.calibration)) return "calibration." + key;
  return matches(overrides.stack) ? "stack." + key : key;
}

/// Loads what `name` names at `key` of the scenario; a name that is not known is a problem of that
/// key.
template <class Load>
void load_as(std::string_view key, const Name& name, const Overrides& overrides, Load&& load_it) {
  try {
    load_it();
  } catch (const ConfigError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& p : problems) {
      const bool is_here = name.at.file && p.file == *name.at.file && p.line == name.at.line &&
                           p.column == name.at.column;
      if (p.key.empty() && is_here)
        p.key = key;
      else if (p.file == "--set")
        p.key = whole_path(p.key, overrides);
    }
    throw ConfigError(std::move(problems));
  }
}

/// load_system() stops at the first bad file; this looks on at the chip's.
void check_chip(const Name& name, const Overrides& overrides) {
  std::vector<Problem> ignored;
  const Tree cluster = open(path_of("clusters", name), overrides.cluster, ignored);
  const Node* gpu = cluster.root().find("gpu");
  if (gpu == nullptr || gpu->kind != Kind::kScalar) return;
  load<Gpu>(path_of("gpus", {gpu->text, gpu->at}), overrides.gpu);
}

ScenarioSpec read_spec(const Tree& tree, Reader reader, Together together, Scenario& out,
                       Collector& collector) {
  reader.extra_keys = {"sources"};
  ScenarioSpec spec = read<ScenarioSpec>(tree.root(), reader);
  Checker(tree.root(), reader).check(spec, together);
  if (spec.precisions.empty()) spec.precisions = {precisions().front()};
  collector.run([&] { out.source_texts = finish(tree, reader); });
  out.sources = std::move(reader.sources);
  return spec;
}

void load_named_files(const Tree& tree, Scenario& out, Collector& collector) {
  const ScenarioSpec& spec = out.spec;
  const auto load_at = [&](std::string_view key, const Name& name, auto&& load_it) {
    return collector.run([&] { load_as(key, name, out.overrides, load_it); });
  };
  const Name model{spec.model, node_at(tree.root(), "model").at};
  if (!spec.model.empty())
    load_at("model", model, [&] { out.model = load_model(model, out.overrides).value; });
  const Node& list = node_at(tree.root(), "systems");
  for (std::size_t i = 0; i < spec.systems.size(); ++i) {
    const Name name{spec.systems[i], list.items[i]->at};
    const std::string key = "systems." + std::to_string(i);
    if (!load_at(key, name, [&] { out.systems.push_back(load_system(name, out.overrides)); }))
      load_at(key, name, [&] { check_chip(name, out.overrides); });
  }
  load_at("stack", {spec.stack, node_at(tree.root(), "stack").at}, [&] {
    LoadedStack stack = load_stack(spec.stack, out.overrides);
    out.stack = std::move(stack.stack);
    out.stack_note = std::move(stack.note);
  });
  load_at("calibration", {}, [&] { out.calibration = load_calibration(out.overrides).value; });
}

}  // namespace

Scenario load_scenario(const std::string& path, std::span<const std::string> sets,
                       Together together) {
  Scenario out;
  Collector collector;
  std::vector<std::string> well_formed;
  for (const std::string& set : sets)
    if (collector.run([&] { sort_overrides({&set, 1}); })) well_formed.push_back(set);
  out.overrides = sort_overrides(well_formed);
  Reader reader;
  std::optional<Tree> tree;
  collector.run([&] { tree = open(path, out.overrides.scenario, reader.problems); });
  if (tree) {
    out.spec = read_spec(*tree, std::move(reader), together, out, collector);
    out.plan_at = node_at(tree->root(), "plan").at;
    load_named_files(*tree, out, collector);
  }
  collector.finish();
  return out;
}

std::string scenario_path(const std::string& name_or_path) {
  return path_of("scenarios", {name_or_path, {}});
}

}  // namespace fleetcast::config
