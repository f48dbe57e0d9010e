#include "sim/validation/claim.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

Flops work_of(const config::Scenario& scenario) {
  const config::TrainingSpec& training = scenario.spec.training;
  return training_flops_per_token(scenario.model, training.seq_len, {}) * training.tokens;
}

void add_measured(const std::string& system, bool moe, std::span<const ValidatedRow> published,
                  ClaimCheck& out) {
  std::vector<double> reached;
  for (const ValidatedRow& row : published)
    if (row.system == system && row.is_moe == moe) reached.push_back(row.measured_mfu);
  out.measured_rows = static_cast<int>(reached.size());
  if (reached.empty()) return;
  std::sort(reached.begin(), reached.end());
  out.measured_low = reached.front();
  out.measured_median = reached[reached.size() / 2];
  out.measured_high = reached.back();
}

/// Requires: at least one row.
ClaimEvidence evidence_of(std::vector<const ValidatedRow*> rows, double needed) {
  const auto by_mfu = [](const ValidatedRow* a, const ValidatedRow* b) {
    return a->measured_mfu < b->measured_mfu;
  };
  std::stable_sort(rows.begin(), rows.end(), by_mfu);
  ClaimEvidence out{.rows = static_cast<int>(rows.size()),
                    .low = rows.front()->measured_mfu,
                    .median = rows[rows.size() / 2]->measured_mfu,
                    .high = rows.back()->measured_mfu};
  const ValidatedRow* nearest = rows.front();
  for (const ValidatedRow* row : rows) {
    out.reached += row->measured_mfu >= needed ? 1 : 0;
    if (std::abs(row->measured_mfu - needed) < std::abs(nearest->measured_mfu - needed))
      nearest = row;
  }
  out.nearest = nearest->id;
  out.source = nearest->source;
  out.nearest_mfu = nearest->measured_mfu;
  return out;
}

void add_evidence(const config::Scenario& scenario, std::span<const ValidatedRow> published,
                  ClaimCheck& out) {
  for (const Precision* precision : scenario.spec.precisions) {
    std::vector<const ValidatedRow*> rows;
    for (const ValidatedRow& row : published)
      if (row.system == out.system && row.is_moe == scenario.model.is_moe() &&
          row.precision == precision->key)
        rows.push_back(&row);
    if (rows.empty()) continue;
    out.evidence.push_back(evidence_of(std::move(rows), out.mfu_bf16));
    out.evidence.back().precision = precision;
  }
}

void add_answers(std::size_t system, const FleetAnswer& answer, ClaimCheck& out) {
  double nearest = 0.0;
  for (const Fleet& fleet : answer.fleets) {
    if (fleet.system != system || !fleet.feasible) continue;
    out.answers.push_back({fleet.precision, fleet.gpus, fleet.p10_gpus, fleet.p90_gpus,
                           fleet.estimate.mfu_bf16, fleet.estimate.run.power});
    const double distance = std::abs(std::log(fleet.gpus / out.gpus));
    if (out.nearest != nullptr && distance >= nearest) continue;
    nearest = distance;
    out.nearest = fleet.precision;
    out.within = fleet.p10_gpus <= out.gpus && out.gpus <= fleet.p90_gpus;
  }
}

}  // namespace

std::vector<ClaimCheck> check_claims(const config::Scenario& scenario, const FleetAnswer& answer,
                                     std::span<const ValidatedRow> published) {
  std::vector<ClaimCheck> out;
  const config::ScenarioSpec& spec = scenario.spec;
  for (const config::ClaimSpec& claim : spec.claims) {
    const auto found = std::find(spec.systems.begin(), spec.systems.end(), claim.system);
    if (found == spec.systems.end()) continue;
    const auto system = static_cast<std::size_t>(found - spec.systems.begin());
    const Peaks& peak = scenario.systems[system].system.gpu.peak;
    ClaimCheck check;
    check.system = claim.system;
    check.gpus = claim.gpus;
    check.power = claim.power;
    check.needed = work_of(scenario) / (spec.deadline * claim.gpus);
    check.mfu_bf16 = check.needed / peak.bf16;
    if (peak.fp8.base() > 0.0) check.mfu_fp8 = check.needed / peak.fp8;
    add_answers(system, answer, check);
    add_measured(claim.system, scenario.model.is_moe(), published, check);
    add_evidence(scenario, published, check);
    out.push_back(std::move(check));
  }
  return out;
}

}  // namespace fleetcast
