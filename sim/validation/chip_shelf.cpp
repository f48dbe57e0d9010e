#include "sim/validation/chip_shelf.hpp"

#include <algorithm>
#include <cctype>

#include "sim/config/library.hpp"

namespace fleetcast {
namespace {

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Implementations load_implementations(const std::string& name, const Gpu& gpu) {
  const std::vector<std::string> known = config::names_in("implementations");
  for (const std::string& file : {name, gpu.kernels}) {
    if (is_in(known, file))
      return config::load<Implementations>(config::path_of("implementations", {file, {}})).value;
  }
  return {};
}

std::optional<chip::ChipSpec> load_spec(const Gpu& gpu) {
  if (gpu.microarchitecture.empty()) return std::nullopt;
  return chip::make_spec(gpu, config::load_microarchitecture({gpu.microarchitecture, {}}));
}

/// A GPU's name as vendors, drivers and files write it, taken apart: "NVIDIA H100 80GB HBM3" is an
/// h100 of form sxm (which goes without saying) with 80gb.
struct GpuName {
  std::string chip, form = "sxm", memory;
};

GpuName parse(std::string_view text) {
  GpuName name;
  std::string word;
  const auto take = [&] {
    const bool starts_low = !word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) != 0;
    if (word == "pcie" || word == "nvl") {
      name.form = word;
    } else if (starts_low && word.size() > 2 && word.compare(word.size() - 2, 2, "gb") == 0) {
      name.memory = word;
    } else if (name.chip.empty() && word != "nvidia" && word != "amd" && word != "instinct" &&
               word != "tesla" && word != "dgx" && word != "hgx") {
      name.chip = word;
    }
    word.clear();
  };
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      take();
    }
  }
  take();
  return name;
}

}  // namespace

std::string gpu_named(const std::string& label) {
  const GpuName wanted = parse(label);
  std::string best;
  for (const std::string& name : config::names_in("gpus")) {  // sorted: most memory last
    const GpuName known = parse(name);
    if (known.chip != wanted.chip || known.form != wanted.form) continue;
    if (known.memory.empty() || wanted.memory.empty() || known.memory == wanted.memory) best = name;
  }
  return best;
}

const ShelvedChip* ChipShelf::find(const std::string& label) {
  const auto [place, is_new] = chips_.try_emplace(label);
  std::optional<ShelvedChip>& shelved = place->second;
  const std::string name = is_new ? gpu_named(label) : std::string{};
  if (!name.empty()) {
    const Gpu gpu = config::load<Gpu>(config::path_of("gpus", {name, {}})).value;
    const auto curves =
        config::load<KernelCurves>(config::path_of("kernels", {gpu.kernels, {}})).value;
    shelved = ShelvedChip{gpu, curves, make_chip(gpu, curves), load_implementations(name, gpu),
                          load_spec(gpu)};
  }
  return shelved ? &*shelved : nullptr;
}

}  // namespace fleetcast
