#include "sim/report/record.hpp"

#include "models/cost/schedule.hpp"

namespace fleetcast::report {
namespace {

constexpr double kMegawattHour = 3.6e9;

Record memory_record(const Estimate& estimate) {
  Entries out{{"total", estimate.memory.total() / kGiB}, {"usable", estimate.memory_usable / kGiB}};
  for (const MemoryPart& part : memory_parts())
    out.push_back({std::string(part.key), estimate.memory.*part.bytes / kGiB});
  return out;
}

Record run_record(const Forecast& run) {
  return Entries{{"days", run.days},
                 {"p10_days", run.p10_days},
                 {"p90_days", run.p90_days},
                 {"steps", run.steps},
                 {"goodput", run.goodput},
                 {"interruptions", run.interruptions},
                 {"interruption_mean_s", run.interruption_mean.base()},
                 {"checkpoint_interval_s", run.checkpoint_interval.base()},
                 {"gpu_hours", run.gpu_hours},
                 {"energy_mwh", run.energy.base() / kMegawattHour},
                 {"power_mw", run.power.base() / 1e6},
                 {"cost_usd", run.cost.base()},
                 {"cost_low_usd", run.cost_low.base()},
                 {"cost_high_usd", run.cost_high.base()},
                 {"capital_usd", run.capital.base()},
                 {"owned_cost_usd", run.owned_cost.base()},
                 {"electricity_usd", run.electricity.base()},
                 {"carbon_t", run.carbon.base() / 1e6}};
}

void add_speed(const EstimateResult& result, Entries& out) {
  const Estimate& e = result.estimate;
  out.push_back({"step_time_s", e.timeline.step_time.base()});
  out.push_back({"p10_step_time_s", e.run.p10_step.base()});
  out.push_back({"p90_step_time_s", e.run.p90_step.base()});
  out.push_back({"tokens_per_s_per_gpu", e.tokens_per_s_per_gpu});
  out.push_back({"model_tflops_per_gpu", e.model_flops_per_gpu.base() / 1e12});
  out.push_back({"mfu", e.mfu});
  out.push_back({"mfu_bf16", e.mfu_bf16});
}

/// Of a plan that cannot run: the reason, and what would change that.
void add_misfit(const EstimateResult& result, Entries& out) {
  const Misfit& misfit = result.estimate.misfit;
  out.push_back({"misfit", Entries{{"reason", misfit.reason->key},
                                   {"text", misfit_text(misfit)},
                                   {"needed", misfit.needed},
                                   {"available", misfit.available}}});
  Records remedies;
  for (const Remedy& remedy : result.remedies)
    remedies.push_back(Entries{{"change", remedy.change},
                               {"gpus", remedy.plan.gpus()},
                               {"memory_gib", remedy.needed / kGiB},
                               {"plan", record_of(remedy.plan)}});
  out.push_back({"remedies", std::move(remedies)});
}

struct CellRecord {
  Record operator()(const auto& value) const { return value; }
};

}  // namespace

Record record_of(const Breakdown& breakdown) {
  Entries out;
  for (int i = 0; i < kCostCount; ++i) {
    const auto cost = static_cast<Cost>(i);
    out.push_back({std::string(key_of(cost)), breakdown[cost].base()});
  }
  return out;
}

Record record_of(const Plan& plan) {
  return Entries{{"tp", plan.tp},
                 {"cp", plan.cp},
                 {"pp", plan.pp},
                 {"vp", plan.vp},
                 {"ep", plan.ep},
                 {"etp", plan.etp},
                 {"dp", plan.dp},
                 {"micro_batch", plan.micro_batch},
                 {"micro_batches", plan.micro_batches},
                 {"global_batch", plan.global_batch()},
                 {"zero", plan.zero},
                 {"shard_group", plan.shard_group},
                 {"recompute", recompute_text(plan.recompute)},
                 {"schedule", plan.schedule == nullptr ? Record() : Record(plan.schedule->key)},
                 {"sequence_parallel", plan.sequence_parallel},
                 {"ep_overlap", plan.ep_overlap},
                 {"gpus", plan.gpus()}};
}

Record record_of(const EstimateResult& result) {
  const Estimate& e = result.estimate;
  const bool runs = e.misfit.fits();
  Entries out{{"scenario", result.subject.scenario},
              {"model", result.subject.model},
              {"system", result.subject.system},
              {"precision", e.precision == nullptr ? Record() : Record(e.precision->key)},
              {"stack", result.subject.stack},
              {"gpus", e.plan.gpus()},
              {"fleet_gpus", e.fleet_gpus},
              {"fits", runs}};
  if (runs) add_speed(result, out);
  out.push_back({"memory_gib", memory_record(e)});
  if (runs) out.push_back({"breakdown_s", record_of(e.timeline.breakdown)});
  out.push_back({"plan", record_of(e.plan)});
  if (runs && result.subject.tokens > 0) out.push_back({"run", run_record(e.run)});
  if (!runs) add_misfit(result, out);
  if (!result.subject.note.empty()) out.push_back({"note", result.subject.note});
  return out;
}

Record record_of(const Listing& listing) {
  Entries out{{listing.title, rows_of(listing)}};
  Entries sources;
  for (const auto& [name, text] : listing.sources) sources.push_back({name, text});
  if (!sources.empty()) out.push_back({"sources", std::move(sources)});
  return out;
}

Records rows_of(const EstimateResult& result) { return {record_of(result)}; }

Records rows_of(const Listing& listing) {
  Records out;
  for (const auto& row : listing.rows) {
    Entries entries;
    for (std::size_t i = 0; i < row.size(); ++i)
      entries.push_back({listing.columns[i], std::visit(CellRecord{}, row[i])});
    out.push_back(std::move(entries));
  }
  return out;
}

}  // namespace fleetcast::report
