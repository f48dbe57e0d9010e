#include "sim/validation/memory_rows.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

bool contains(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

Bytes states_of(const MemoryUse& use) { return use.weights + use.gradients + use.optimizer; }

/// Parts as sources report them: of transformer layers, embedding and logits left out (both
/// published breakdowns do, to the byte): the states of the stage with most of them, and the
/// activations of the stage with most of those.
MemoryUse parts_of_layers(const Case& c, const Plan& plan, ProgramCache& programs) {
  Step step;
  lower(c.pricing, plan, programs, step);
  Layout layers = *step.layout;
  for (ChunkLayers& stage : layers.stage)
    stage.of(LayerKind::kEmbedding) = stage.of(LayerKind::kLogits) = 0;
  step.layout = &layers;
  MemoryUse most;
  for (int s = 0; s < plan.pp; ++s) {
    MemoryUse use = memory_of_stage(c.pricing, step, s);
    use.activations = std::max(use.activations, most.activations);
    if (states_of(use) < states_of(most)) {
      most.activations = use.activations;
      use = most;
    }
    most = use;
  }
  return most;
}

Plan with_setting(Plan plan, const ActivationSetting& setting) {
  plan.sequence_parallel = setting.sequence_parallel;
  plan.recompute = setting.recompute;
  return plan;
}

/// Korthikanti et al. 2022, Fig. 7: percent of what tensor parallelism alone keeps.
double percent_of_baseline(const Case& c, const FigureMeaning& meaning, ProgramCache& programs) {
  const auto kept = [&](const ActivationSetting& setting) {
    return parts_of_layers(c, with_setting(c.plan, setting), programs).activations;
  };
  return 100.0 * (kept(*meaning.setting) / kept({}));
}

Peak peak_read(const Case& c, const FigureMeaning& meaning) {
  if (contains(c.row->notes, "nvidia-smi")) return Peak::kDevice;
  return meaning.peak.value_or(peak_of(c.stack->reports));
}

double predicted(const Case& c, const FigureMeaning& meaning, const MemoryUse& use,
                 ProgramCache& programs) {
  if (meaning.kind == FigureKind::kPercent) return percent_of_baseline(c, meaning, programs);
  if (meaning.kind == FigureKind::kPeak) return peak_memory(use, peak_read(c, meaning)) / kGiB;
  const Plan plan = meaning.setting ? with_setting(c.plan, *meaning.setting) : c.plan;
  return parts_of(parts_of_layers(c, plan, programs), meaning) / kGiB;
}

/// What a peak depends on and percentages do not.
std::string missing_batch(const Case& c) {
  const config::Measurement& row = *c.row;
  const bool known = row.micro_batch > 0.0 || row.global_batch > 0.0 || c.plan.pp > 1;
  return known ? "" : "states neither micro_batch nor global_batch";
}

}  // namespace

std::string add_memory(const Case& c, ProgramCache& programs, MemoryValidation& out) {
  const config::Measurement& row = *c.row;
  Step step;
  lower(c.pricing, c.plan, programs, step);
  const MemoryUse use = memory_of(c.pricing, step);
  const std::size_t before = out.rows.size();
  std::string reason;
  for (const config::MemoryFigure& figure : row.memory) {
    const auto meaning = meaning_of_figure(figure.key);
    std::string why = !meaning ? "measured." + figure.key + " is no memory figure that is known"
                      : meaning->kind == FigureKind::kPercent ? ""
                                                              : missing_batch(c);
    if (!why.empty()) {
      reason = std::move(why);
      continue;
    }
    const double value = predicted(c, *meaning, use, programs);
    out.rows.push_back({row.id, figure.key, meaning->kind, figure.value, value,
                        value / figure.value - 1.0, c.notes});
  }
  const bool is_run = missing_batch(c).empty() && row.global_batch > 0.0;
  if (is_run)
    out.fits.push_back({row.id, !row.out_of_memory, use.total() / kGiB,
                        c.pricing.system->gpu.memory_usable / kGiB});
  return out.rows.size() > before || row.out_of_memory ? "" : reason;
}

void sum_up(MemoryValidation& out) {
  for (const ValidatedMemory& row : out.rows) {
    const bool is_peak = row.kind == FigureKind::kPeak;
    (is_peak ? out.peak_mape : out.parts_mape) += std::abs(row.error);
    ++(is_peak ? out.peaks : out.parts);
  }
  out.peak_mape /= std::max(1, out.peaks);
  out.parts_mape /= std::max(1, out.parts);
  for (const ValidatedFit& fit : out.fits) {
    if (fit.ran) continue;
    ++out.did_not_fit;
    out.told += fit.told() ? 1 : 0;
  }
}

}  // namespace fleetcast
