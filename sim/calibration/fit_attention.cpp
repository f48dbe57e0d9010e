#include "sim/calibration/fit_attention.hpp"

#include <algorithm>

#include "models/cost/kernel.hpp"
#include "sim/calibration/chips.hpp"

namespace fleetcast::fit {
namespace {

const MeasuredChip* chip_of(const AttentionRow& row, const AttentionSet& set) {
  for (const MeasuredChip& chip : kChips) {
    if (chip.label == row.gpu && chip.generation == set.generation) return &chip;
  }
  return nullptr;
}

bool belongs(const AttentionRow& row, const AttentionSet& set) {
  const bool direction =
      row.direction == set.direction || (set.direction == "bwd" && row.direction == "fwd+bwd");
  return direction && (row.dtype == "bf16" || row.dtype == "fp16") && row.shape.queries >= 1024.0 &&
         chip_of(row, set) &&
         std::any_of(set.sources.begin(), set.sources.end(), [&](std::string_view source) {
           return row.source.find(source) != std::string::npos;
         });
}

AttentionPass pass_from(const std::vector<double>& x) {
  return {kMicrosecond * x[0], x[1], x[2], x[3], x[4], x[5], x[6]};
}

/// Head sizes that no row has: as the forward pass does, relative to heads of 128, or the usual.
void fill_unmeasured(const std::vector<AttentionRow>& rows, const AttentionPass& forward,
                     AttentionPass& pass) {
  const auto none = [&](double head_dim) {
    return std::none_of(rows.begin(), rows.end(),
                        [&](const AttentionRow& row) { return row.shape.head_dim == head_dim; });
  };
  const auto fill = [&](double head_dim, double AttentionPass::*efficiency, double usual) {
    const bool known = forward.efficiency_128 > 0.0;
    const double share = known ? forward.*efficiency / forward.efficiency_128 : usual;
    if (none(head_dim)) pass.*efficiency = share * pass.efficiency_128;
  };
  fill(64.0, &AttentionPass::efficiency_64, 0.8);
  fill(256.0, &AttentionPass::efficiency_256, 1.0);
  fill(192.0, &AttentionPass::efficiency_mla, 1.0);
}

Seconds predict(const AttentionRow& row, const MeasuredChip& measured,
                const AttentionCurve& curve) {
  KernelCurves curves;
  curves.attention.flash3 = curve;
  const Chip chip = make_chip(gpu_of(measured), curves);
  const auto time = [&](Pass pass) {
    return attention_time(row.shape, pass, AttentionKernel::kFlash3, chip, Clock::kBurst);
  };
  if (row.direction == "fwd") return time(Pass::kForward);
  if (row.direction == "bwd") return time(Pass::kBackward);
  return time(Pass::kForward) + time(Pass::kBackward);
}

AttentionCurve curve_of(const AttentionSet& set, const AttentionPass& pass,
                        const AttentionPass& forward) {
  return set.direction == "fwd" ? AttentionCurve{pass, pass} : AttentionCurve{forward, pass};
}

}  // namespace

AttentionFit fit_attention(const std::vector<AttentionRow>& rows, const AttentionSet& set,
                           const AttentionPass& forward) {
  std::vector<AttentionRow> mine;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(mine),
               [&](const AttentionRow& row) { return belongs(row, set); });
  AttentionFit fit;
  if (mine.empty()) return fit;
  const bool backward = set.direction == "bwd";
  const double scale = backward ? 0.85 : 1.0;  // where no row tells: heads as in the forward pass
  const auto start = [&](double measured, double usual) {
    return scale * (backward && measured > 0.0 ? measured : usual);
  };
  const std::vector<Parameter> parameters{{5.0, 2.0, 8.0},
                                          {start(forward.efficiency_64, 0.5), 0.2, 1.0},
                                          {start(forward.efficiency_128, 0.65), 0.2, 1.0},
                                          {start(forward.efficiency_256, 0.7), 0.2, 1.0},
                                          {start(forward.efficiency_mla, 0.65), 0.2, 1.0},
                                          {300.0, 0.0, 1500.0},
                                          {0.8, 0.4, 0.95}};
  const auto score_of = [&](const AttentionPass& pass) {
    Score score;
    for (const AttentionRow& row : mine) {
      score.add(predict(row, *chip_of(row, set), curve_of(set, pass, forward)) / row.time, 1.0,
                row.shape.queries >= 2048.0 ? 1.0 : 0.3);
    }
    return score;
  };
  fit.pass = pass_from(
      minimise(parameters, [&](const auto& x) { return score_of(pass_from(x)).log_error(); }));
  fill_unmeasured(mine, forward, fit.pass);
  fit.score = score_of(fit.pass);
  std::vector<double> slow;
  for (const AttentionRow& row : mine) {
    const MeasuredChip& chip = *chip_of(row, set);
    if (row.time < Seconds{1e-2}) continue;
    slow.push_back(predict(row, chip, curve_of(set, fit.pass, forward)) / row.time);
  }
  std::sort(slow.begin(), slow.end());
  if (!slow.empty()) fit.sustained = slow[slow.size() / 2];
  return fit;
}

}  // namespace fleetcast::fit
