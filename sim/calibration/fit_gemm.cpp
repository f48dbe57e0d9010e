#include "sim/calibration/fit_gemm.hpp"

#include <algorithm>

namespace fleetcast::fit {
namespace {

double smallest(const GemmShape& s) { return std::min({s.m, s.n, s.k}); }

/// Training GEMMs are large; small ones keep launch and tile costs honest.
double weight_of(const GemmShape& s) {
  return smallest(s) >= 1024.0 ? 1.0 : smallest(s) >= 512.0 ? 0.4 : s.m >= 128.0 ? 0.1 : 0.05;
}

GemmCurve curve_from(const std::vector<double>& x) {
  GemmCurve c;
  c.launch = kMicrosecond * x[0];
  c.efficiency = x[1];
  c.power_derate = x[2];
  c.memory_efficiency = x[3];
  c.operands = BytesPerSecond{1e9 * x[4]};
  c.tile = kMicrosecond * x[5];
  c.split = kMicrosecond * x[6];
  c.sharpness = x[7];
  return c;
}

std::vector<Parameter> parameters(bool quantised) {
  std::vector<Parameter> list{{2.5, 0.5, 10.0}, {0.8, 0.4, 1.0}, {0.08, 0.0, 0.12},
                              {0.8, 0.6, 0.95}, {150, 40, 400},  {0.5, 0.0, 5.0},
                              {3.0, 0.0, 12.0}, {3.0, 1.0, 10.0}};
  if (quantised) list.insert(list.end(), {{3.0, 0.5, 15.0}, {0.6, 0.3, 0.95}});
  return list;
}

/// The same, starting at a relative's curve.
void start_at(const GemmCurve& c, std::vector<Parameter>& list) {
  const double from[]{
      c.launch / kMicrosecond, c.efficiency,          c.power_derate,         c.memory_efficiency,
      c.operands.base() / 1e9, c.tile / kMicrosecond, c.split / kMicrosecond, c.sharpness};
  for (std::size_t i = 0; i < std::size(from); ++i) list[i].start = from[i];
}

Chip chip_with(const GemmCurve& curve, const GemmFormat& format, const Gpu& gpu, double sustained) {
  KernelCurves curves;
  curves.sustained = sustained;
  curve_of(curves.gemm, format.key) = curve;
  return make_chip(gpu, curves);
}

std::vector<double> quantise_of(const std::vector<double>& x) {
  if (x.size() < 10) return {};
  return {1e-6 * x[8], x[9]};
}

}  // namespace

GemmCurve& curve_of(GemmCurves& curves, std::string_view key) {
  if (key == "bf16") return curves.bf16;
  if (key == "fp8") return curves.fp8;
  return key == "fp8_block" ? curves.fp8_block : curves.fp4;
}

Seconds predict(const GemmRow& row, const GemmFormat& format, const Chip& chip,
                const std::vector<double>& quantise, Clock clock) {
  const Seconds alone =
      gemm_time(row.shape, format.dtype, chip, {.scaling = format.scaling, .clock = clock});
  if (quantise.empty()) return alone;
  const Bytes moved{format.quantised_bytes * row.shape.m * row.shape.k};
  return alone + Seconds{quantise[0]} + moved / (chip.hbm * quantise[1]);
}

GemmFit fit_gemm(const std::vector<GemmRow>& rows, const GemmFormat& format, const Gpu& gpu,
                 double sustained, const GemmCurve& start) {
  std::vector<GemmRow> mine;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(mine), [&](const GemmRow& row) {
    return row.gpu == gpu.name && row.dtype == format.label &&
           row.source.find(format.source) != std::string::npos;
  });
  GemmFit fit;
  if (mine.empty()) return fit;
  const Clock clock = sustained > 0.0 ? Clock::kSustained : Clock::kBurst;
  auto list = parameters(format.quantised_bytes > 0.0);
  if (sustained > 0.0) start_at(start, list);
  const auto x = minimise(list, [&](const auto& trial) {
    const Chip chip = chip_with(curve_from(trial), format, gpu, sustained);
    Score score;
    for (const GemmRow& row : mine) {
      score.add(predict(row, format, chip, quantise_of(trial), clock) / row.time, 1.0,
                weight_of(row.shape));
    }
    return score.log_error();
  });
  fit.curve = curve_from(x);
  fit.quantise = quantise_of(x);
  const Chip chip = chip_with(fit.curve, format, gpu, sustained);
  for (const GemmRow& row : mine) {
    const double ratio = predict(row, format, chip, fit.quantise, clock) / row.time;
    fit.all.add(ratio, 1.0);
    if (smallest(row.shape) >= 1024.0) fit.large.add(ratio, 1.0);
  }
  return fit;
}

}  // namespace fleetcast::fit
