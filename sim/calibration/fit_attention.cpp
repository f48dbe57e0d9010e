#include "sim/calibration/fit_attention.hpp"

#include <algorithm>

#include "sim/calibration/chips.hpp"
#include "sim/calibration/fit_pass.hpp"

namespace fleetcast::fit {
namespace {

bool is_of(const AttentionRow& row, std::string_view generation) {
  return std::any_of(kChips.begin(), kChips.end(), [&](const MeasuredChip& chip) {
    return chip.label == row.gpu && chip.generation == generation;
  });
}

bool belongs(const AttentionRow& row, const AttentionSet& set) {
  const bool direction =
      row.direction == set.direction || (set.direction == "bwd" && row.direction == "fwd+bwd");
  return direction && (row.dtype == "bf16" || row.dtype == "fp16") && is_of(row, set.generation) &&
         std::any_of(set.sources.begin(), set.sources.end(), [&](std::string_view source) {
           return row.source.find(source) != std::string::npos;
         });
}

}  // namespace

AttentionFit fit_attention(const std::vector<AttentionRow>& rows, const AttentionSet& set,
                           ChipShelf& shelf, const AttentionPass& forward) {
  std::vector<AttentionSample> mine;
  for (const AttentionRow& row : rows) {
    if (belongs(row, set)) mine.push_back({row, shelf.find(row.gpu)});
  }
  if (mine.empty()) return {};
  const bool backward = forward.efficiency_128 > 0.0;
  const auto fit = fit_pass(mine, Surroundings::kAlone, backward ? &forward : nullptr);
  return {fit.curve, fit.judged};
}

}  // namespace fleetcast::fit
