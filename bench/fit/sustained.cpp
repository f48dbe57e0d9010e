#include "bench/fit/sustained.hpp"

#include <algorithm>
#include <optional>

#include "bench/fit/chips.hpp"
#include "models/cost/kernel.hpp"

namespace fleetcast::fit {
namespace {

std::optional<Dtype> dtype_of(const GemmRow& row) {
  if (row.dtype == "bf16" || row.dtype == "fp16") return Dtype::kBf16;
  if (row.dtype == "fp8") return Dtype::kFp8;
  return std::nullopt;
}

bool lasting(const GemmRow& row, Seconds at_peak) {
  const GemmShape& s = row.shape;
  if (std::min({s.m, s.n, s.k}) < 1024.0) return false;
  if (row.source.find("10k warmup") != std::string::npos) return at_peak >= Seconds{1e-4};
  return row.source.find("AIC trtllm") != std::string::npos && at_peak >= Seconds{3e-3};
}

}  // namespace

Sustained sustained_of(const std::vector<GemmRow>& rows, const std::vector<ChipCurves>& chips,
                       std::string_view generation) {
  std::vector<double> rates;
  for (const ChipCurves& own : chips) {
    if (own.generation != generation) continue;
    const auto measured = std::find_if(kChips.begin(), kChips.end(), [&](const MeasuredChip& c) {
      return c.label == own.label;
    });
    const Gpu gpu = gpu_of(*measured);
    KernelCurves curves;  // sustained = 1: the burst curve at 1 ms, whatever the length
    curves.gemm = own.gemm;
    const Chip chip = make_chip(gpu, curves);
    for (const GemmRow& row : rows) {
      const auto dtype = dtype_of(row);
      if (row.gpu != own.label || !dtype) continue;
      if (!lasting(row, row.shape.work() / gpu.peak.of(*dtype))) continue;
      rates.push_back(gemm_time(row.shape, *dtype, chip, {.clock = Clock::kSustained}) / row.time);
    }
  }
  if (rates.empty()) return {};
  std::nth_element(rates.begin(), rates.begin() + rates.size() / 2, rates.end());
  return {std::min(1.0, rates[rates.size() / 2]), static_cast<int>(rates.size())};
}

}  // namespace fleetcast::fit
