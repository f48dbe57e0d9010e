#include "sim/validation/kernels.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "sim/config/library.hpp"
#include "sim/validation/gemm_price.hpp"

namespace fleetcast {
namespace {

/// GPUs and their curves by the label of the table, loaded once; empty where there is none.
struct Measured {
  Gpu gpu;
  KernelCurves curves;
};
class Shelf {
 public:
  const std::optional<Measured>& find(const std::string& label) {
    const auto [place, is_new] = gpus_.try_emplace(label);
    if (!is_new) return place->second;
    const std::string name = gpu_named(label);
    if (name.empty()) return place->second;
    const Gpu gpu = config::load<Gpu>(config::path_of("gpus", {name, {}})).value;
    return place->second = Measured{
               gpu,
               config::load<KernelCurves>(config::path_of("kernels", {gpu.kernels, {}})).value};
  }

 private:
  std::map<std::string, std::optional<Measured>> gpus_;
};

/// Why a row cannot be priced, or "".
std::string refusal(const GemmRow& row, const GemmLabel* label,
                    const std::optional<Measured>& chip) {
  if (!chip) return "no file of configs/gpus is named like " + row.gpu;
  if (row.dtype == "bf16_uninit") return "uninitialised weights draw less power than data does";
  if (label == nullptr) return row.dtype + " is not a format we know";
  if (!(chip->gpu.peak.of(label->dtype) > FlopsPerSecond{}))
    return "this chip does not run " + row.dtype;
  return {};
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

std::string id_of(const GemmRow& row) {
  const auto size = [](double number) { return std::to_string(static_cast<long long>(number)); };
  return row.gpu + " " + row.dtype + " " + size(row.shape.m) + "x" + size(row.shape.n) + "x" +
         size(row.shape.k);
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

namespace {

/// Who measured, without the release's remarks: the first two words.
std::string measurer(const std::string& source) {
  return source.substr(0, source.find(' ', std::min(source.size(), source.find(' ') + 1)));
}

using Groups = std::map<std::string, std::vector<double>>;

std::vector<ErrorSummary> summarise_all(const Groups& groups) {
  std::vector<ErrorSummary> out;
  for (const auto& [name, errors] : groups) out.push_back(summarise(name, errors));
  return out;
}

}  // namespace

KernelValidation validate_gemms(const std::vector<GemmRow>& rows) {
  KernelValidation out;
  Shelf shelf;
  Groups groups;
  std::map<std::string, Groups> sources;  // of each group
  std::vector<double> errors;
  for (const GemmRow& row : rows) {
    const GemmLabel* label = find_label(row.dtype);
    const std::optional<Measured>& found = shelf.find(row.gpu);
    if (const std::string reason = refusal(row, label, found); !reason.empty()) {
      out.skipped.push_back({id_of(row), reason});
      continue;
    }
    const Seconds predicted = price(row, *label, chip_for(*label, found->gpu, found->curves));
    const double error = predicted / row.time - 1.0;
    out.rows.push_back(
        {id_of(row), row.gpu, row.dtype, row.source, row.shape, row.time, predicted, error});
    errors.push_back(error);
    const std::string group = row.gpu + " " + row.dtype;
    groups[group].push_back(error);
    sources[group][group + ", " + measurer(row.source)].push_back(error);
  }
  out.all = summarise("all", errors);
  out.by_group = summarise_all(groups);
  for (const auto& [group, of_group] : sources) {
    if (of_group.size() < 2) continue;
    const std::vector<ErrorSummary> summaries = summarise_all(of_group);
    out.by_source.insert(out.by_source.end(), summaries.begin(), summaries.end());
  }
  return out;
}

}  // namespace fleetcast
