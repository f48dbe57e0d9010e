#include "sim/validation/kernels.hpp"

#include <algorithm>
#include <array>

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

Seconds predict(const GemmRow& row, const Format& format, const Chip& chip) {
  const Bytes quantised{format.quantised_bytes * row.shape.m * row.shape.k};
  Seconds time =
      gemm_time(row.shape, format.dtype, chip, {.scaling = format.scaling, .clock = Clock::kBurst});
  if (quantised > Bytes{}) time += memory_time({MemoryKind::kQuantize, quantised, 1.0}, chip);
  return time;
}

/// Why a row cannot be priced, or "".
std::string refusal(const GemmRow& row, const Format* format, const Chip* chip) {
  if (chip == nullptr) return "no file of configs/gpus is named like " + row.gpu;
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

KernelValidation validate_gemms(const std::vector<GemmRow>& rows) {
  ChipShelf shelf;
  KernelTally tally("GPU and format");
  for (const GemmRow& row : rows) {
    const Format* format = find_format(row.dtype);
    const ShelvedChip* shelved = shelf.find(row.gpu);
    const Chip* chip = shelved != nullptr ? &shelved->chip : nullptr;
    if (const std::string reason = refusal(row, format, chip); !reason.empty()) {
      tally.skip(id_of(row), reason);
      continue;
    }
    tally.add({.id = id_of(row),
               .gpu = row.gpu,
               .columns = {{"dtype", row.dtype},
                           {"m", row.shape.m},
                           {"n", row.shape.n},
                           {"k", row.shape.k}},
               .source = row.source,
               .measured = row.time,
               .predicted = predict(row, *format, *chip)},
              row.gpu + " " + row.dtype, {});
  }
  return tally.finish();
}

}  // namespace fleetcast
