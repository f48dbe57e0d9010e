#include "sim/calibration/sustained.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "models/cost/kernel.hpp"
#include "sim/calibration/chips.hpp"
#include "sim/validation/gemm_price.hpp"

namespace fleetcast::fit {
namespace {

std::optional<Dtype> dtype_of(const GemmRow& row) {
  if (row.dtype == "bf16" || row.dtype == "fp16") return Dtype::kBf16;
  if (row.dtype == "fp8") return Dtype::kFp8;
  return std::nullopt;
}

/// Lasting benches, and AIC's bursts of a few runs, of which only the longest heat the chip.
constexpr auto kBenches = [] {
  std::array<LastingBench, kLastingBenches.size() + 1> all{{{"AIC trtllm", Seconds{3e-3}}}};
  for (std::size_t i = 0; i < kLastingBenches.size(); ++i) all[i + 1] = kLastingBenches[i];
  return all;
}();

bool lasting(const GemmRow& row, Seconds at_peak, const LastingBench& bench) {
  const GemmShape& s = row.shape;
  return std::min({s.m, s.n, s.k}) >= 1024.0 && at_peak >= bench.at_peak &&
         row.source.find(bench.mark) != std::string::npos &&
         row.source.find("acc=True") == std::string::npos;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Sustained sustained_of(const std::vector<GemmRow>& rows, const std::vector<ChipCurves>& chips,
                       std::string_view generation) {
  std::array<std::vector<double>, kBenches.size()> rates;
  for (const ChipCurves& own : chips) {
    if (own.generation != generation) continue;
    const auto measured = std::find_if(kChips.begin(), kChips.end(),
                                       [&](const MeasuredChip& c) { return c.label == own.label; });
    const Gpu gpu = gpu_of(*measured);
    KernelCurves curves;  // sustained = 1: the burst curve at 1 ms, whatever the length
    curves.gemm = own.gemm;
    const Chip chip = make_chip(gpu, curves);
    for (const GemmRow& row : rows) {
      const auto dtype = dtype_of(row);
      if (row.gpu != own.label || !dtype) continue;
      for (std::size_t b = 0; b < kBenches.size(); ++b)
        if (lasting(row, row.shape.work() / gpu.peak.of(*dtype), kBenches[b]))
          rates[b].push_back(gemm_time(row.shape, *dtype, chip, {.clock = Clock::kSustained}) /
                             row.time);
    }
  }
  double sum = 0.0;
  int sources = 0, count = 0;
  for (std::vector<double>& own : rates) {
    if (own.empty()) continue;
    sum += median(own);
    ++sources;
    count += static_cast<int>(own.size());
  }
  if (sources == 0) return {};
  return {std::min(1.0, sum / sources), count};
}

}  // namespace fleetcast::fit
