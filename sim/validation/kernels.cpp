#include "sim/validation/kernels.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include "sim/config/library.hpp"

namespace fleetcast {
namespace {

/// How a table labels a format, and how it is priced. A "_dynq" row quantises A before its GEMM:
/// bf16 in, the format and its scales out.
struct Format {
  std::string_view label;
  Dtype dtype;
  Scaling scaling;
  double quantised_bytes;  ///< of each element of A
};
constexpr std::array<Format, 11> kFormats{{
    {"bf16", Dtype::kBf16, Scaling::kTensor, 0.0},
    {"fp16", Dtype::kFp16, Scaling::kTensor, 0.0},
    {"fp8", Dtype::kFp8, Scaling::kTensor, 0.0},
    {"fp8_dynq", Dtype::kFp8, Scaling::kTensor, 5.0},  // read once more for the maximum
    {"fp8_block", Dtype::kFp8, Scaling::kBlock, 0.0},
    {"fp8_block_dynq", Dtype::kFp8, Scaling::kBlock, 3.03},
    {"mxfp8", Dtype::kFp8, Scaling::kTensor, 0.0},
    {"mxfp8_dynq", Dtype::kFp8, Scaling::kTensor, 3.03},
    {"mxfp4", Dtype::kFp4, Scaling::kTensor, 0.0},
    {"nvfp4", Dtype::kFp4, Scaling::kTensor, 0.0},
    {"nvfp4_dynq", Dtype::kFp4, Scaling::kTensor, 2.5625},
}};

const Format* find_format(std::string_view label) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const Format& format) { return format.label == label; });
  return found == kFormats.end() ? nullptr : &*found;
}

/// Chips by the label of the table, loaded once; empty where there is none.
class ChipShelf {
 public:
  const std::optional<Chip>& find(const std::string& label) {
    const auto [place, is_new] = chips_.try_emplace(label);
    if (!is_new) return place->second;
    const std::string name = gpu_named(label);
    if (name.empty()) return place->second;
    const Gpu gpu = config::load<Gpu>(config::path_of("gpus", {name, {}})).value;
    const auto curves =
        config::load<KernelCurves>(config::path_of("kernels", {gpu.kernels, {}})).value;
    return place->second = make_chip(gpu, curves);
  }

 private:
  std::map<std::string, std::optional<Chip>> chips_;
};

Seconds predict(const GemmRow& row, const Format& format, const Chip& chip) {
  const Bytes quantised{format.quantised_bytes * row.shape.m * row.shape.k};
  Seconds time =
      gemm_time(row.shape, format.dtype, chip, {.scaling = format.scaling, .clock = Clock::kBurst});
  if (quantised > Bytes{}) time += memory_time({MemoryKind::kQuantize, quantised, 1.0}, chip);
  return time;
}

/// Why a row cannot be priced, or "".
std::string refusal(const GemmRow& row, const Format* format, const std::optional<Chip>& chip) {
  if (!chip) return "no file of configs/gpus is named like " + row.gpu;
  if (row.dtype == "bf16_uninit") return "uninitialised weights draw less power than data does";
  if (format == nullptr) return row.dtype + " is not a format we know";
  if (!chip->runs(format->dtype)) return "this chip does not run " + row.dtype;
  return {};
}

std::string id_of(const GemmRow& row) {
  const auto size = [](double number) { return std::to_string(static_cast<long long>(number)); };
  return row.gpu + " " + row.dtype + " " + size(row.shape.m) + "x" + size(row.shape.n) + "x" +
         size(row.shape.k);
}

}  // namespace

std::string gpu_named(const std::string& label) {
  std::string name = label;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (const auto sxm = name.find("sxm5"); sxm != std::string::npos) name.erase(sxm + 3, 1);
  const std::vector<std::string> known = config::names_in("gpus");
  for (;; name.erase(name.rfind('-'))) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return name;
    if (name.rfind('-') == std::string::npos) return {};
  }
}

KernelValidation validate_gemms(const std::vector<GemmRow>& rows) {
  KernelValidation out;
  ChipShelf shelf;
  std::map<std::string, std::vector<double>> groups;
  std::vector<double> errors;
  for (const GemmRow& row : rows) {
    const Format* format = find_format(row.dtype);
    const std::optional<Chip>& chip = shelf.find(row.gpu);
    if (const std::string reason = refusal(row, format, chip); !reason.empty()) {
      out.skipped.push_back({id_of(row), reason});
      continue;
    }
    const Seconds predicted = predict(row, *format, *chip);
    const double error = predicted / row.time - 1.0;
    out.rows.push_back(
        {id_of(row), row.gpu, row.dtype, row.source, row.shape, row.time, predicted, error});
    errors.push_back(error);
    groups[row.gpu + " " + row.dtype].push_back(error);
  }
  out.all = summarise("all", errors);
  for (const auto& [group, of_group] : groups) out.by_group.push_back(summarise(group, of_group));
  return out;
}

}  // namespace fleetcast
