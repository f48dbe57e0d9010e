#include "sim/calibration/fit_memory.hpp"

#include <algorithm>

#include "sim/calibration/chips.hpp"

namespace fleetcast::fit {
namespace {

struct Sample {
  double bytes_at_peak;  ///< s
  double time;           ///< s
};

std::vector<Sample> samples(const std::vector<MemoryRow>& rows, std::string_view generation,
                            std::string_view op, std::string_view source) {
  std::vector<Sample> found;
  for (const MemoryRow& row : rows) {
    const auto chip = std::find_if(kChips.begin(), kChips.end(), [&](const MeasuredChip& c) {
      return c.label == row.gpu && c.generation == generation;
    });
    if (chip == kChips.end() || row.op != op || row.time == Seconds{}) continue;
    if (row.source.find(source) == std::string::npos) continue;
    found.push_back({row.bytes / gpu_of(*chip).hbm_bandwidth / Seconds{1}, row.time.base()});
  }
  return found;
}

MemoryCurve fit(const std::vector<Sample>& rows, const MemoryCurve& present, Score& score) {
  if (rows.empty()) return present;
  const auto error = [&](const std::vector<double>& x) {
    Score trial;
    for (const Sample& row : rows) {
      trial.add(1e-6 * x[0] + row.bytes_at_peak / x[1], row.time,
                memory_weight(Seconds{row.bytes_at_peak}));
    }
    return trial.log_error();
  };
  const auto x = minimise({{2.0, 0.5, 10.0}, {0.8, 0.3, 1.0}}, error);
  for (const Sample& row : rows) score.add(1e-6 * x[0] + row.bytes_at_peak / x[1], row.time);
  return {kMicrosecond * x[0], x[1]};
}

double mean_stream_copy(const std::vector<MemoryRow>& rows, std::string_view generation) {
  double sum = 0.0;
  int count = 0;
  for (const MemoryRow& row : rows) {
    for (const MeasuredChip& chip : kChips) {
      if (chip.label != row.gpu || chip.generation != generation || row.op != "stream_copy")
        continue;
      sum += row.share;
      ++count;
    }
  }
  return count > 0 ? sum / count : 0.0;
}

MemoryCurve scaled(const MemoryCurve& curve, double factor) {
  return {curve.launch, curve.efficiency * factor};
}

}  // namespace

double memory_weight(Seconds at_peak) { return at_peak >= Seconds{1e-5} ? 1.0 : 0.1; }

MemoryFit fit_memory(const std::vector<MemoryRow>& rows, std::string_view generation,
                     const MemoryCurves& present) {
  MemoryFit f{present, {}, {}, {}};
  MemoryCurves& c = f.curves;
  // Norms: cuDNN on H200 and GB200, forward and backward; Ampere reaches the same share.
  const bool ampere = generation == "ampere";
  c.norm = fit(samples(rows, ampere ? "hopper" : generation, "rms_norm", "backend=cudnn"),
               present.norm, f.norm);
  if (!ampere) {
    c.quantize =
        fit(samples(rows, generation, "fp8_quant_static", "AIC"), present.quantize, f.quantize);
  }
  // Copies: Ampere's fused residual add; Hopper's BabelStream (its residual add ran from L2);
  // Blackwell has no copy measured and reaches what its norms reach.
  if (ampere) {
    c.copy = fit(samples(rows, generation, "residual_add", "vidur"), present.copy, f.copy);
  } else {
    const double stream = mean_stream_copy(rows, generation);
    const double otherwise = generation == "hopper" ? present.copy.efficiency : c.norm.efficiency;
    c.copy = {c.quantize.launch, stream > 0.0 ? stream : otherwise};
  }
  if (ampere) c.quantize = c.copy;
  // Rules: fused activations and optimizers stream like a copy; softmax over a copy as 0.829 to
  // 0.876 (NeuSight, A100 PCIe: softmax to add); rows gathered at random lose a tenth (assumed).
  c.activation = c.copy;
  c.optimizer = c.copy;
  c.softmax = scaled(c.copy, 0.829 / 0.876);
  c.permute = scaled(c.copy, 0.9);
  return f;
}

}  // namespace fleetcast::fit
