#include <cmath>

#include "models/base/nearest.hpp"
#include "models/base/quantity_text.hpp"
#include "sim/config/scenario.hpp"

namespace fleetcast::config {
namespace {

constexpr double kMostGpus = 1e8;

std::string count_text(double count) {
  std::string digits = std::to_string(static_cast<long long>(std::llround(count)));
  for (auto i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

/// Sizes that are given, multiplied: of all four, or a divisor of what the fleet must be.
struct Product {
  double value = 1.0;
  bool is_whole = true;
  std::string names, sizes;

  void take(std::string_view key, const std::optional<int>& size) {
    if (!size) return void(is_whole = false);
    value *= *size;
    names += (names.empty() ? "" : " x ") + std::string(key);
    sizes += (sizes.empty() ? "" : " x ") + std::to_string(*size);
  }
};

void check_product(const ScenarioSpec& spec, std::vector<SpecProblem>& out) {
  Product product;
  product.take("tp", spec.plan.tp);
  product.take("cp", spec.plan.cp);
  product.take("pp", spec.plan.pp);
  product.take("dp", spec.plan.dp);
  const double gpus = product.value;
  if (gpus <= 0.0) return;  // a size that could not be read has its own problem
  const bool misses =
      spec.gpus > 0 && (product.is_whole ? gpus != spec.gpus : std::fmod(spec.gpus, gpus) != 0.0);
  if (gpus <= kMostGpus && !misses) return;
  const std::string sum = product.names + " = " + product.sizes + " = " + count_text(gpus);
  const std::string fleet = count_text(spec.gpus) + " GPUs";
  if (gpus > kMostGpus)
    out.push_back({"plan", sum + " is beyond " + count_text(kMostGpus) + " GPUs"});
  else if (product.is_whole)
    out.push_back({"plan", sum + ", the scenario has " + fleet});
  else
    out.push_back({"plan", sum + " does not divide the " + fleet + " of the scenario"});
}

}  // namespace

std::vector<SpecProblem> check_fields(const ScenarioSpec& spec) {
  std::vector<SpecProblem> out;
  const auto whole = [&](const char* path, double value) {
    if (value != std::floor(value))
      out.push_back({path, "must be a whole number, is " + exact_number_text(value)});
  };
  whole("training.seq_len", spec.training.seq_len);
  whole("training.global_batch", spec.training.global_batch);
  whole("gpus", spec.gpus);
  whole("simulation.slow_nodes", spec.simulation.slow_nodes);
  std::vector<std::string_view> names;
  for (const RecomputeName& name : recompute_names()) names.push_back(name.key);
  const auto known = [&](const char* path, const std::string& key) {
    if (find_recompute(key) == nullptr)
      out.push_back(
          {path, fleetcast::quoted(key) + " is not known here" + suggestion(key, "known", names)});
  };
  if (spec.plan.recompute) known("plan.recompute", *spec.plan.recompute);
  for (const std::string& module : spec.plan.recompute_modules)
    known("plan.recompute_modules", module);
  return out;
}

std::vector<SpecProblem> check_together(const ScenarioSpec& spec) {
  std::vector<SpecProblem> out;
  if (spec.plan.recompute_num_layers && spec.plan.recompute != "full")
    out.push_back({"plan.recompute_num_layers", "needs recompute: full"});
  check_product(spec, out);
  return out;
}

}  // namespace fleetcast::config
