#include "sim/validation/memory_figure.hpp"

#include <array>

namespace fleetcast {
namespace {

/// Words of a key, "_" between and around them, without its unit.
std::string words_of(std::string_view key) {
  std::string out = "_" + std::string(key) + "_";
  for (const std::string_view unit : {"_gib_", "_gb_", "_pct_"})
    if (const auto at = out.find(unit); at != std::string::npos) out.replace(at, unit.size(), "_");
  return out;
}

bool has(const std::string& words, std::string_view word) {
  return words.find("_" + std::string(word) + "_") != std::string::npos;
}

template <std::size_t N>
bool has_any(const std::string& words, const std::array<std::string_view, N>& any) {
  for (const std::string_view word : any)
    if (has(words, word)) return true;
  return false;
}

/// "no_sp_no_recompute", "sequence_parallel_plus_selective", "full_recompute": what is not said is
/// off.
std::optional<ActivationSetting> setting_of(const std::string& words) {
  ActivationSetting out;
  const bool sp = has(words, "sp") || has(words, "sequence_parallel");
  out.sequence_parallel = sp && !has(words, "no_sp");
  const char* name = has(words, "selective") ? "selective" : has(words, "full") ? "full" : "none";
  out.recompute = find_recompute(name)->value;
  const bool said = sp || name != std::string_view("none") || has(words, "no_recompute");
  return said ? std::optional(out) : std::nullopt;
}

/// "parameters_plus_optimizer" names both ends of the model states and means the gradients between
/// them too: Korthikanti et al. 2022 count 18 bytes a parameter.
void set_states(const std::string& words, FigureMeaning& out) {
  constexpr std::array<std::string_view, 3> kWeights{"weights", "parameters", "params"};
  constexpr std::array<std::string_view, 2> kGradients{"grads", "gradients"};
  constexpr std::array<std::string_view, 2> kOptimizer{"optimizer", "master"};
  out.weights = has_any(words, kWeights);
  out.optimizer = has_any(words, kOptimizer);
  out.gradients = has_any(words, kGradients) || (has(words, "parameters") && out.optimizer);
  out.activations = has(words, "activations") || has(words, "activation");
}

}  // namespace

std::optional<FigureMeaning> meaning_of_figure(std::string_view key) {
  const std::string words = words_of(key);
  FigureMeaning out;
  set_states(words, out);
  if (words == "_total_") {
    out.kind = FigureKind::kPart;
    out.weights = out.gradients = out.optimizer = out.activations = true;
    return out;
  }
  if (out.activations) out.setting = setting_of(words);
  if (key.find("pct") != std::string_view::npos) {
    out.kind = FigureKind::kPercent;
    return out.setting ? std::optional(out) : std::nullopt;
  }
  if (out.weights || out.gradients || out.optimizer || out.activations) {
    out.kind = FigureKind::kPart;
    return out;
  }
  for (const auto& [name, peak] : {std::pair{"allocated", Peak::kAllocated},
                                   {"reserved", Peak::kReserved},
                                   {"device", Peak::kDevice},
                                   {"used", Peak::kDevice}})
    if (has(words, name)) out.peak = peak;
  const bool is_peak = words == "_memory_" || has(words, "peak") || out.peak.has_value();
  return is_peak ? std::optional(out) : std::nullopt;
}

Peak peak_of(std::string_view reports) {
  return reports == "reserved" ? Peak::kReserved
         : reports == "device" ? Peak::kDevice
                               : Peak::kAllocated;
}

Bytes peak_memory(const MemoryUse& use, Peak peak) {
  return peak == Peak::kReserved ? use.reserved()
         : peak == Peak::kDevice ? use.total()
                                 : use.allocated();
}

Bytes parts_of(const MemoryUse& use, const FigureMeaning& meaning) {
  Bytes sum{};
  if (meaning.weights) sum += use.weights;
  if (meaning.gradients) sum += use.gradients;
  if (meaning.optimizer) sum += use.optimizer;
  if (meaning.activations) sum += use.activations;
  return sum;
}

}  // namespace fleetcast
