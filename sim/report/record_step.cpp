#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

Records tier_records(const StepReport& r) {
  Records out;
  const double ranks = r.simulated.ranks;
  for (std::size_t t = 0; t < r.tiers.size(); ++t)
    out.push_back(
        Entries{{"tier", r.tiers[t]},
                {"utilisation", r.simulated.bounds.mean_links[t] / r.simulated.timeline.step_time},
                {"bound_s", r.simulated.bounds.links[t].base()},
                {"delay_by_sharing_s", r.simulated.delay[t].base() / ranks}});
  return out;
}

Records stage_records(const StepReport& r) {
  Records out;
  for (const step::StageUse& stage : r.simulated.stages)
    out.push_back(Entries{{"worked_s", stage.worked.base()},
                          {"in_transit_s", stage.in_transit.base()},
                          {"waited_s", stage.waited.base()}});
  return out;
}

}  // namespace

Record record_of(const StepReport& r) {
  const step::Simulated& s = r.simulated;
  return Entries{{"scenario", r.subject.scenario},
                 {"model", r.subject.model},
                 {"system", r.subject.system},
                 {"precision", r.precision->key},
                 {"stack", r.subject.stack},
                 {"scale", "step"},
                 {"gpus", r.plan.gpus()},
                 {"folded", r.folded},
                 {"contention", r.contention},
                 {"ranks_played", s.ranks},
                 {"events", double(s.events)},
                 {"step_time_s", s.timeline.step_time.base()},
                 {"analytic_step_time_s", r.analytic.step_time.base()},
                 {"mfu", r.mfu},
                 {"breakdown_s", record_of(s.timeline.breakdown)},
                 {"analytic_breakdown_s", record_of(r.analytic.breakdown)},
                 {"bounds_s", Entries{{"compute", s.bounds.compute.base()},
                                      {"path", s.bounds.path.base()},
                                      {"longest", s.bounds.longest().base()}}},
                 {"tiers", tier_records(r)},
                 {"stages", stage_records(r)},
                 {"link_outages", s.outages},
                 {"plan", record_of(r.plan)}};
}

Records rows_of(const StepReport& r) { return {record_of(r)}; }

Record record_of(const CollectiveReport& r) {
  return Entries{{"system", r.subject.system},
                 {"collective", r.op},
                 {"algorithm", r.algorithm},
                 {"bytes", r.payload.base()},
                 {"ranks", r.ranks},
                 {"slow_ranks", r.slow_ranks},
                 {"messages", double(r.messages)},
                 {"time_s", r.time.base()},
                 {"analytic_time_s", r.analytic.base()},
                 {"bus_bandwidth_gb_per_s", r.bus.base() / 1e9}};
}

Records rows_of(const CollectiveReport& r) { return {record_of(r)}; }

}  // namespace fleetcast::report
