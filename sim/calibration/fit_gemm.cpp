#include "sim/calibration/fit_gemm.hpp"

#include <algorithm>

#include "sim/validation/gemm_price.hpp"

namespace fleetcast::fit {
namespace {

double smallest(const GemmShape& s) { return std::min({s.m, s.n, s.k}); }

GemmCurve curve_from(const double* x) {
  GemmCurve c;
  c.launch = kMicrosecond * x[0];
  c.efficiency = x[1];
  c.power_derate = x[2];
  c.memory_efficiency = x[3];
  c.operands = BytesPerSecond{1e9 * x[4]};
  c.tile = kMicrosecond * x[5];
  c.split = kMicrosecond * x[6];
  c.sharpness = x[7];
  c.last_wave = x[8];
  return c;
}

constexpr std::size_t kCurveParameters = 9;

std::vector<Parameter> curve_parameters(const GemmCurve& start) {
  std::vector<Parameter> list{{2.5, 0.5, 10.0}, {0.8, 0.4, 1.0},  {0.08, 0.0, 0.25},
                              {0.8, 0.6, 0.9},  {150, 40, 400},   {0.5, 0.0, 5.0},
                              {3.0, 0.0, 12.0}, {3.0, 1.0, 10.0}, {0.8, 0.0, 1.0}};
  if (start.efficiency == 0.0) return list;
  const double from[]{start.launch / kMicrosecond,
                      start.efficiency,
                      start.power_derate,
                      start.memory_efficiency,
                      start.operands.base() / 1e9,
                      start.tile / kMicrosecond,
                      start.split / kMicrosecond,
                      start.sharpness,
                      start.last_wave};
  for (std::size_t i = 0; i < kCurveParameters; ++i) list[i].start = from[i];
  return list;
}

std::vector<Parameter> parameters(const GemmTarget& target, KernelCurves& curves) {
  std::vector<Parameter> list;
  if (target.curve != nullptr) list = curve_parameters(target.curve(curves));
  if (target.quantizer != nullptr) list.insert(list.end(), {{3.0, 0.5, 15.0}, {0.6, 0.3, 0.95}});
  return list;
}

void put(const std::vector<double>& x, const GemmTarget& target, KernelCurves& curves) {
  if (target.curve != nullptr) target.curve(curves) = curve_from(x.data());
  if (target.quantizer == nullptr) return;
  const double* last = x.data() + x.size() - 2;
  curves.serving.*target.quantizer = {kMicrosecond * last[0], last[1]};
}

}  // namespace

double gemm_weight(const GemmShape& s) {
  return smallest(s) >= 1024.0 ? 1.0 : smallest(s) >= 512.0 ? 0.4 : s.m >= 128.0 ? 0.1 : 0.05;
}

GemmFit fit_gemm(const std::vector<GemmRow>& rows, const GemmTarget& target, const Gpu& gpu,
                 KernelCurves& curves) {
  std::vector<GemmRow> mine;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(mine), [&](const GemmRow& row) {
    return row.gpu == gpu.name && row.dtype == target.label &&
           row.source.find(target.source) != std::string::npos;
  });
  GemmFit fit;
  if (mine.empty()) return fit;
  const GemmLabel& label = *find_label(target.label);
  KernelCurves trial = curves;
  put(minimise(parameters(target, curves),
               [&](const auto& x) {
                 put(x, target, trial);
                 const Chip chip = chip_for(label, gpu, trial);
                 Score score;
                 for (const GemmRow& row : mine)
                   score.add(price(row, label, chip) / row.time, 1.0, gemm_weight(row.shape));
                 return score.log_error();
               }),
      target, curves);
  const Chip chip = chip_for(label, gpu, curves);
  for (const GemmRow& row : mine) {
    const double ratio = price(row, label, chip) / row.time;
    fit.all.add(ratio, 1.0);
    if (smallest(row.shape) >= 1024.0) fit.large.add(ratio, 1.0);
  }
  return fit;
}

}  // namespace fleetcast::fit
