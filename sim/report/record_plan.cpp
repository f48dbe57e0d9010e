#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

Record estimate_record(const Subject& subject, const Estimate& estimate) {
  return record_of(EstimateResult{subject, estimate, {}});
}

/// The space itself: candidates by dimension.
Record candidates_record(const Space& space) {
  Entries out;
  for (const auto& [key, sizes] : dimensions_of(space))
    out.push_back({std::string(key), Records(sizes.begin(), sizes.end())});
  Records schedules;
  for (const Schedule* schedule : space.schedule) schedules.emplace_back(schedule->key);
  out.push_back({"schedule", std::move(schedules)});
  Records recompute;
  for (const Recompute& policy : space.recompute) recompute.emplace_back(recompute_text(policy));
  out.push_back({"recompute", std::move(recompute)});
  out.push_back({"recompute_some_layers", space.some_layers});
  out.push_back({"idle", space.idle});
  return out;
}

Record space_record(const SearchCounts& counts, const Space& space) {
  Entries refused;
  for (const RefusedPlans& some : counts.refused)
    refused.push_back({std::string(some.reason), double(some.count)});
  return Entries{{"plans", double(counts.plans)},           {"refused", std::move(refused)},
                 {"priced", double(counts.priced)},         {"pruned", double(counts.pruned)},
                 {"proven_optimal", counts.proven_optimal}, {"elapsed_s", counts.elapsed.base()},
                 {"candidates", candidates_record(space)}};
}

/// A fleet of given size at its best; null: no plan of the space runs on it.
Record point_record(const FleetPoint& point) {
  if (point.days <= 0) return {};
  const Forecast& run = point.estimate.run;
  return Entries{{"gpus", point.gpus},
                 {"days", run.days},
                 {"p10_days", run.p10_days},
                 {"p90_days", run.p90_days},
                 {"cost_usd", run.cost.base()},
                 {"power_mw", run.power.base() / 1e6},
                 {"energy_mwh", run.energy.base() / 3.6e9},
                 {"mfu", point.estimate.mfu},
                 {"plan", record_of(point.estimate.plan)}};
}

Record fleet_record(const Subject& subject, const Fleet& fleet) {
  Entries out{{"system", subject.system},
              {"precision", fleet.precision->key},
              {"feasible", fleet.feasible}};
  if (!fleet.feasible) {
    out.push_back({"why_not", fleet.why_not});
    return out;
  }
  out.push_back({"gpus", fleet.gpus});
  out.push_back({"p10_gpus", fleet.p10_gpus});
  out.push_back({"p90_gpus", fleet.p90_gpus});
  out.push_back({"days", fleet.estimate.run.days});
  out.push_back({"power_mw", fleet.estimate.run.power.base() / 1e6});
  out.push_back({"smaller", point_record(fleet.smaller)});
  if (!fleet.curve.empty()) {
    Records curve;
    for (const FleetPoint& point : fleet.curve) curve.push_back(point_record(point));
    out.push_back({"curve", std::move(curve)});
  }
  out.push_back({"search", Entries{{"shapes", double(fleet.counts.shapes)},
                                   {"refused", double(fleet.counts.refused)},
                                   {"pruned", double(fleet.counts.pruned)},
                                   {"priced", double(fleet.counts.priced)}}});
  out.push_back({"estimate", estimate_record(subject, fleet.estimate)});
  return out;
}

/// A fleet of 0 GPUs is none at all.
Record gpus_record(double gpus) { return gpus > 0 ? Record(gpus) : Record(); }

Record job_record(const FleetReport& report, const OtherJob& job) {
  Records fleets;
  for (std::size_t i = 0; i < job.gpus.size(); ++i)
    fleets.push_back(Entries{{"system", report.subjects[i].system},
                             {"precision", report.answer.fleets[i].precision->key},
                             {"gpus", gpus_record(job.gpus[i])}});
  return Entries{
      {"tokens", job.tokens}, {"deadline_s", job.deadline.base()}, {"fleets", std::move(fleets)}};
}

}  // namespace

Record record_of(const ClaimCheck& claim) {
  Records answers;
  for (const ClaimAnswer& a : claim.answers)
    answers.push_back(Entries{{"precision", a.precision->key},
                              {"gpus", a.gpus},
                              {"p10_gpus", a.p10_gpus},
                              {"p90_gpus", a.p90_gpus},
                              {"mfu_bf16", a.mfu_bf16}});
  Records evidence;
  for (const ClaimEvidence& e : claim.evidence)
    evidence.push_back(Entries{{"precision", e.precision->key},
                               {"runs", e.rows},
                               {"runs_that_reached_it", e.reached},
                               {"mfu_bf16_low", e.low},
                               {"mfu_bf16_median", e.median},
                               {"mfu_bf16_high", e.high},
                               {"nearest_run", e.nearest},
                               {"nearest_mfu_bf16", e.nearest_mfu},
                               {"nearest_source", e.source}});
  return Entries{
      {"system", claim.system},
      {"claimed_gpus", claim.gpus},
      {"claimed_power_mw", claim.power.base() / 1e6},
      {"needed_tflops_per_gpu", claim.needed.base() / 1e12},
      {"needed_mfu_bf16", claim.mfu_bf16},
      {"needed_mfu_fp8", claim.mfu_fp8},
      {"nearest_precision", claim.nearest != nullptr ? Record(claim.nearest->key) : Record()},
      {"within_interval", claim.within},
      {"measured_runs", claim.measured_rows},
      {"measured_mfu_bf16_low", claim.measured_low},
      {"measured_mfu_bf16_median", claim.measured_median},
      {"measured_mfu_bf16_high", claim.measured_high},
      {"measured_by_precision", std::move(evidence)},
      {"answers", std::move(answers)}};
}

Record record_of(const SearchReport& report) {
  const SearchResult& result = report.result;
  Records runners_up;
  for (std::size_t i = 1; i < result.ranked.size(); ++i)
    runners_up.push_back(estimate_record(report.subject, result.ranked[i]));
  Record best;
  if (!result.ranked.empty()) best = estimate_record(report.subject, result.ranked.front());
  Entries out{{"space", space_record(result.counts, result.space)},
              {"best", std::move(best)},
              {"runners_up", std::move(runners_up)}};
  if (result.own_ratio > 0)
    out.push_back({"own", Entries{{"ratio", result.own_ratio},
                                  {"estimate", estimate_record(report.subject, result.own)}}});
  return out;
}

Record record_of(const FleetReport& report) {
  Records systems, tokens, deadlines;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i)
    systems.push_back(fleet_record(report.subjects[i], report.answer.fleets[i]));
  for (const OtherJob& job : report.answer.tokens) tokens.push_back(job_record(report, job));
  for (const OtherJob& job : report.answer.deadlines) deadlines.push_back(job_record(report, job));
  Records claims;
  for (const ClaimCheck& claim : report.claims) claims.push_back(record_of(claim));
  return Entries{{"question", report.question},
                 {"deadline_s", report.deadline.base()},
                 {"systems", std::move(systems)},
                 {"tokens", std::move(tokens)},
                 {"deadlines", std::move(deadlines)},
                 {"claims", std::move(claims)},
                 {"elapsed_s", report.answer.elapsed.base()}};
}

Records rows_of(const SearchReport& report) {
  Records out;
  for (std::size_t i = 0; i < report.result.ranked.size(); ++i) {
    Record row = estimate_record(report.subject, report.result.ranked[i]);
    Entries& entries = std::get<Entries>(row.value);
    entries.insert(entries.begin(), {"rank", double(i + 1)});
    out.push_back(std::move(row));
  }
  return out;
}

/// A line of a table for each fleet of the curves.
Records rows_of_curves(const FleetReport& report) {
  Records out;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i)
    for (const FleetPoint& point : report.answer.fleets[i].curve) {
      Record row = point_record(point);
      if (point.days <= 0) continue;
      Entries& entries = std::get<Entries>(row.value);
      entries.insert(entries.begin(), {{"system", report.subjects[i].system},
                                       {"precision", report.answer.fleets[i].precision->key}});
      out.push_back(std::move(row));
    }
  return out;
}

Records rows_of(const FleetReport& report) {
  Records out = rows_of_curves(report);
  if (!out.empty()) return out;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i)
    out.push_back(fleet_record(report.subjects[i], report.answer.fleets[i]));
  return out;
}

}  // namespace fleetcast::report
