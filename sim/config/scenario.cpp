#include "sim/config/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/base/nearest.hpp"

namespace fleetcast::config {
namespace {

constexpr double kMostGpus = 1e8;

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

std::string count_text(double count) {
  std::string digits = std::to_string(static_cast<long long>(std::llround(count)));
  for (auto i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

/// What field bounds cannot see.
class Checker {
 public:
  Checker(const Node& root, Reader& reader) : root_(root), reader_(reader) {}

  void check(const ScenarioSpec& spec) {
    whole("training.seq_len", spec.training.seq_len);
    whole("training.global_batch", spec.training.global_batch);
    whole("gpus", spec.gpus);
    listed("systems", spec.systems.empty());
    listed("precisions", spec.precisions.empty());
    check_recompute(spec.plan);
    check_product(spec);
  }

 private:
  void report(std::string_view path, std::string what) {
    reader_.report(node_at(root_, path).at, std::move(what), path);
  }

  void whole(std::string_view path, double value) {
    if (value != std::floor(value))
      report(path, "must be a whole number, is " + node_at(root_, path).text);
  }

  void listed(std::string_view path, bool is_empty) {
    const Node* given = root_.find(path);
    if (given == nullptr || !is_empty) return;
    const Node& list = node_at(root_, path);
    if (list.kind == Kind::kSequence && list.items.empty()) report(path, "must name at least one");
  }

  void check_recompute(const PlanSpec& plan) {
    std::vector<std::string_view> names;
    for (const RecomputeName& name : recompute_names()) names.push_back(name.key);
    const auto known = [&](std::string_view path, const std::string& key) {
      if (find_recompute(key) == nullptr)
        report(path,
               fleetcast::quoted(key) + " is not known here" + suggestion(key, "known", names));
    };
    if (plan.recompute) known("plan.recompute", *plan.recompute);
    for (const std::string& module : plan.recompute_modules)
      known("plan.recompute_modules", module);
    if (plan.recompute_num_layers && plan.recompute != "full")
      report("plan.recompute_num_layers", "needs recompute: full");
  }

  void check_product(const ScenarioSpec& spec) {
    const PlanSpec& plan = spec.plan;
    double product = 1.0;
    bool is_whole = true;
    std::string names, sizes;
    const auto take = [&](std::string_view key, const std::optional<int>& size) {
      if (!size) return void(is_whole = false);
      product *= *size;
      names += (names.empty() ? "" : " x ") + std::string(key);
      sizes += (sizes.empty() ? "" : " x ") + std::to_string(*size);
    };
    take("tp", plan.tp);
    take("cp", plan.cp);
    take("pp", plan.pp);
    take("dp", plan.dp);
    if (product <= 0.0) return;  // a size that could not be read has its own problem
    const std::string sum = names + " = " + sizes + " = " + count_text(product);
    const std::string fleet = count_text(spec.gpus) + " GPUs";
    if (product > kMostGpus)
      report("plan", sum + " is beyond " + count_text(kMostGpus) + " GPUs");
    else if (spec.gpus > 0 && is_whole && product != spec.gpus)
      report("plan", sum + ", the scenario has " + fleet);
    else if (spec.gpus > 0 && std::fmod(spec.gpus, product) != 0.0)
      report("plan", sum + " does not divide the " + fleet + " of the scenario");
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

ScenarioSpec read_spec(const Tree& tree, Reader reader, Scenario& out, Collector& collector) {
  reader.extra_keys = {"sources"};
  ScenarioSpec spec = read<ScenarioSpec>(tree.root(), reader);
  Checker(tree.root(), reader).check(spec);
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

Scenario load_scenario(const std::string& path, std::span<const std::string> sets) {
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
    out.spec = read_spec(*tree, std::move(reader), out, collector);
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
