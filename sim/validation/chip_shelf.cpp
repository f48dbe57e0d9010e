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

}  // namespace

std::string gpu_named(const std::string& label) {
  std::string name = label;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (const auto sxm = name.find("sxm5"); sxm != std::string::npos) name.erase(sxm + 3, 1);
  const std::vector<std::string> known = config::names_in("gpus");
  for (;; name.erase(name.rfind('-'))) {
    if (is_in(known, name)) return name;
    const auto longer = std::find_if(known.rbegin(), known.rend(), [&](const std::string& file) {
      return file.starts_with(name + "-");
    });
    if (longer != known.rend()) return *longer;
    if (name.rfind('-') == std::string::npos) return {};
  }
}

const ShelvedChip* ChipShelf::find(const std::string& label) {
  const auto [place, is_new] = chips_.try_emplace(label);
  std::optional<ShelvedChip>& shelved = place->second;
  const std::string name = is_new ? gpu_named(label) : std::string{};
  if (!name.empty()) {
    const Gpu gpu = config::load<Gpu>(config::path_of("gpus", {name, {}})).value;
    const auto curves =
        config::load<KernelCurves>(config::path_of("kernels", {gpu.kernels, {}})).value;
    shelved = ShelvedChip{gpu, make_chip(gpu, curves), load_implementations(name, gpu)};
  }
  return shelved ? &*shelved : nullptr;
}

}  // namespace fleetcast
