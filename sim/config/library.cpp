#include "sim/config/library.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "models/base/nearest.hpp"

namespace fleetcast::config {
namespace {

namespace fs = std::filesystem;

std::string program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string{"."} : program.parent_path().string();
}

std::string locate() {
  if (const char* set = std::getenv("FLEETCAST_CONFIGS"); set != nullptr) {
    if (fs::is_directory(set)) return set;
    throw ConfigError(
        {{"FLEETCAST_CONFIGS", 1, 1, "", fleetcast::quoted(set) + " is not a folder"}});
  }
  const fs::path here = program_folder();
  for (const char* way : {"../../configs", "../../../configs", "../share/fleetcast/configs"})
    if (fs::is_directory(here / way)) return fs::weakly_canonical(here / way).string();
  if (fs::is_directory(FLEETCAST_SOURCE_CONFIGS)) return FLEETCAST_SOURCE_CONFIGS;
  throw ConfigError({{"configs", 1, 1, "", "not found beside the program; set FLEETCAST_CONFIGS"}});
}

/// The last one wins.
std::vector<fs::path>& overlays() {
  static std::vector<fs::path> folders;
  return folders;
}

/// Folders that files are looked for in, first the one that wins.
std::vector<fs::path> roots() {
  std::vector<fs::path> out(overlays().rbegin(), overlays().rend());
  out.emplace_back(find_configs());
  return out;
}

/// The file in the first root that has it; where none does, that of configs/.
std::string find_file(const fs::path& file) {
  std::error_code error;
  for (const fs::path& root : roots())
    if (fs::exists(root / file, error)) return (root / file).string();
  return (fs::path(find_configs()) / file).string();
}

constexpr const char* kCalibration = "calibration.yaml";
constexpr std::array<std::string_view, 10> kOverlaid{
    "kernels", "gpus",   "clusters",        "microarchitectures", "fabrics",
    "llms",    "stacks", "implementations", "scenarios",          "sweeps"};

template <class Spec>
Loaded<Spec> load_named(std::string_view folder, const Name& name,
                        const std::vector<std::string>& overrides) {
  return load<Spec>(path_of(folder, name), overrides);
}

std::vector<SpecProblem> check(const ReliabilitySpec& spec) {
  std::vector<SpecProblem> out;
  const bool has_causes = sum_of(spec.components) > PerSecond{};
  if (!spec.interruptions && spec.components.empty())
    out.push_back({"reliability.interruptions", "is missing: give it, or components"});
  if (spec.interruptions && *spec.interruptions > PerSecond{} && !spec.components.empty() &&
      !has_causes)
    out.push_back({"reliability.components", "have no rate, and interruptions are not zero"});
  if (spec.components.size() > kMostComponents)
    out.push_back({"reliability.components", "are " + std::to_string(spec.components.size()) +
                                                 ", at most " + std::to_string(kMostComponents)});
  if (spec.detection > spec.restart)
    out.push_back({"reliability.detection", "is part of restart, and longer"});
  if (spec.maintenance > Seconds{} && !(spec.maintenance_every > Seconds{}))
    out.push_back({"reliability.maintenance_every", "is missing: there is maintenance"});
  return out;
}

/// Throws: ConfigError with fields that are wrong together.
void refuse(const std::string& path, const std::vector<SpecProblem>& found) {
  std::vector<Problem> problems;
  for (const SpecProblem& p : found) problems.push_back({path, 1, 1, p.key, p.what});
  if (!problems.empty()) throw ConfigError(std::move(problems));
}

/// Digits of a release, in order: "v25.04.01" is {25, 4, 1}.
std::vector<long> numbers_of(std::string_view release) {
  std::vector<long> out;
  bool open = false;
  for (const char c : release) {
    if (c >= '0' && c <= '9') {
      if (!open) out.push_back(0);
      out.back() = out.back() * 10 + (c - '0');
      open = true;
    } else {
      open = false;
    }
  }
  return out;
}

/// Calendar-like position of a release, to find the nearest.
double position_of(std::string_view release) {
  double value = 0.0, weight = 1.0;
  for (const long n : numbers_of(release)) {
    value += weight * static_cast<double>(n);
    weight /= 100.0;
  }
  return value;
}

const Stack* nearest_release(std::string_view name, std::string_view release) {
  const Stack* best = nullptr;
  const double wanted = position_of(release);
  for (const Stack& stack : all_stacks()) {
    if (stack.name != name) continue;
    const auto distance = [&](const Stack& s) { return std::abs(position_of(s.release) - wanted); };
    if (best == nullptr || distance(stack) < distance(*best)) best = &stack;
  }
  return best;
}

constexpr std::string_view kNewestStack = "megatron-bridge";

}  // namespace

std::string find_configs() {
  static const std::string found = locate();
  return found;
}

void overlay_configs(const std::string& folder) {
  const auto refuse = [&](const std::string& what) {
    throw ConfigError(
        {{"command line", 1, 1, "--configs", fleetcast::quoted(folder) + " " + what}});
  };
  std::error_code error;
  if (!fs::is_directory(folder, error)) refuse("is not a folder");
  std::string expected;
  bool any = fs::exists(fs::path(folder) / kCalibration, error);
  for (const std::string_view kind : kOverlaid) {
    any = any || fs::is_directory(fs::path(folder) / kind, error);
    expected += std::string(kind) + ", ";
  }
  if (!any) refuse("holds none of " + expected + kCalibration);
  overlays().emplace_back(folder);
}

Overrides sort_overrides(std::span<const std::string> texts) {
  Overrides out;
  std::vector<Problem> problems;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems.push_back({"--set", 1, 1, "", fleetcast::quoted(text) + " is not path=value"});
      continue;
    }
    const std::string root = text.substr(0, std::min(text.find('.'), equals));
    const auto rest = [&] { return text.substr(root.size() + 1); };
    const bool nested = text[root.size()] == '.';
    if (nested && root == "cluster")
      out.cluster.push_back(rest());
    else if (nested && root == "gpu")
      out.gpu.push_back(rest());
    else if (nested && root == "kernels")
      out.kernels.push_back(rest());
    else if (nested && root == "model")
      out.model.push_back(rest());
    else if (nested && root == "stack")
      out.stack.push_back(rest());
    else if (nested && root == "calibration")
      out.calibration.push_back(rest());
    else
      out.scenario.push_back(text);
  }
  if (!problems.empty()) throw ConfigError(std::move(problems));
  return out;
}

std::vector<std::string> names_in(std::string_view folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (const fs::path& root : roots())
    for (const auto& entry : fs::directory_iterator(root / folder, error))
      if (entry.path().extension() == ".yaml") out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string path_of(std::string_view folder, const Name& name) {
  const bool is_path = name.text.find('/') != std::string::npos || name.text.ends_with(".yaml");
  if (is_path) {
    const fs::path given(name.text);
    if (given.is_absolute() || fs::exists(given) || !name.at.file) return given.string();
    return (fs::path(*name.at.file).parent_path() / given).string();
  }
  const std::string path = find_file(fs::path(folder) / (name.text + ".yaml"));
  if (!name.text.empty() && fs::exists(path)) return path;
  const std::vector<std::string> names = names_in(folder);
  const std::vector<std::string_view> views(names.begin(), names.end());
  Problem problem{name.at.file ? *name.at.file : "command line", name.at.line, name.at.column, "",
                  fleetcast::quoted(name.text) + " is not in configs/" + std::string(folder) +
                      suggestion(name.text, "known", views)};
  throw ConfigError({problem});
}

LoadedSystem load_system(const Name& name, const Overrides& overrides) {
  auto cluster = load_named<Cluster>("clusters", name, overrides.cluster);
  refuse(path_of("clusters", name), check(cluster.value.reliability));
  auto gpu = load_named<Gpu>("gpus", {cluster.value.gpu, name.at}, overrides.gpu);
  auto curves =
      load_named<KernelCurves>("kernels", {gpu.value.kernels, name.at}, overrides.kernels);
  std::vector<Fabric> fabrics;
  for (const Tier& tier : cluster.value.tiers)
    fabrics.push_back(load_named<Fabric>("fabrics", {tier.fabric, name.at}, {}).value);
  return {make_system(std::move(cluster.value), std::move(gpu.value), std::move(curves.value),
                      std::move(fabrics)),
          std::move(cluster.sources), std::move(gpu.sources), std::move(cluster.source_texts),
          std::move(gpu.source_texts)};
}

Microarchitecture load_microarchitecture(const Name& name) {
  return load_named<Microarchitecture>("microarchitectures", name, {}).value;
}

Loaded<Transformer> load_model(const Name& name, const Overrides& overrides) {
  const std::string path = path_of("llms", name);
  Loaded<Transformer> out = load<Transformer>(path, overrides.model);
  refuse(path, fleetcast::check(out.value));
  if (out.value.name.empty()) out.value.name = name.text;
  return out;
}

Loaded<CalibrationFile> load_calibration(const Overrides& overrides) {
  return load<CalibrationFile>(find_file(kCalibration), overrides.calibration);
}

const std::vector<Stack>& all_stacks() {
  static const std::vector<Stack> stacks = [] {
    std::vector<Stack> out;
    for (const std::string& name : names_in("stacks"))
      out.push_back(load<Stack>(path_of("stacks", {name, {}})).value);
    std::sort(out.begin(), out.end(), [](const Stack& a, const Stack& b) {
      return a.name != b.name ? a.name < b.name : release_before(a.release, b.release);
    });
    return out;
  }();
  return stacks;
}

LoadedStack load_stack(const std::string& text, const Overrides& overrides) {
  const auto space = text.find(' ');
  const std::string name = text.substr(0, space);
  const std::string release = space == std::string::npos ? "" : text.substr(space + 1);
  const Stack* found = nearest_release(name, release.empty() ? "9999" : release);
  std::string note;
  if (found == nullptr) {
    found = nearest_release(kNewestStack, "9999");
    if (found == nullptr)
      throw ConfigError({{"configs/stacks", 1, 1, "", "holds no " + std::string(kNewestStack)}});
    if (!text.empty())
      note = fleetcast::quoted(text) + " is not known, " + found->name + " " + found->release +
             " stands in";
  } else if (!release.empty() && found->release != release) {
    note = name + " " + release + " is not known, " + found->release + " stands in";
  }
  if (overrides.stack.empty()) return {*found, note};
  return {load<Stack>(path_of("stacks", {found->name + "-" + found->release, {}}), overrides.stack)
              .value,
          note};
}

bool release_before(std::string_view a, std::string_view b) {
  return numbers_of(a) < numbers_of(b);
}

}  // namespace fleetcast::config
