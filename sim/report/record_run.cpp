#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

Record spread_record(const Spread& spread) {
  return Entries{
      {"p10", spread.p10}, {"p50", spread.p50}, {"p90", spread.p90}, {"most", spread.most}};
}

Record breakdown_record(const RunStatistics& runs) {
  Entries out;
  for (std::size_t p = 0; p < kJobParts; ++p)
    out.push_back({std::string(key_of(static_cast<JobPart>(p))), runs.part_days[p]});
  return out;
}

Record interruptions_record(const RunReport& report) {
  Entries by_component;
  for (std::size_t c = 0; c < report.job.components.size(); ++c)
    by_component.push_back({report.job.components[c].name, report.runs.interruptions[c]});
  return Entries{{"all", report.runs.all_interruptions()},
                 {"by_component", std::move(by_component)}};
}

Record nodes_record(const RunReport& report) {
  const bool is_limited = report.job.spares != kUnlimited;
  return Entries{{"job", report.job.nodes},
                 {"spares", is_limited ? Record(report.job.spares) : Record()},
                 {"replaced", report.runs.replaced_nodes},
                 {"out_at_once", spread_record(report.runs.nodes_out)}};
}

}  // namespace

Record record_of(const RunReport& report) {
  const RunStatistics& runs = report.runs;
  const Subject& subject = report.step.subject;
  return Entries{{"scenario", subject.scenario},
                 {"model", subject.model},
                 {"system", subject.system},
                 {"precision", report.step.estimate.precision->key},
                 {"stack", subject.stack},
                 {"scale", "run"},
                 {"gpus", report.step.estimate.plan.gpus()},
                 {"steps", double(report.job.steps)},
                 {"step_time_s", report.job.step_time.base()},
                 {"seed", double(report.seed)},
                 {"runs", double(runs.runs)},
                 {"runs_wanted", double(report.wanted)},
                 {"given_up", double(runs.given_up)},
                 {"days", spread_record(runs.days)},
                 {"mean_days", runs.mean_days},
                 {"mean_days_error", runs.mean_days_error},
                 {"goodput", runs.goodput},
                 {"breakdown_days", breakdown_record(runs)},
                 {"interruptions", interruptions_record(report)},
                 {"nodes", nodes_record(report)},
                 {"checkpoints", runs.checkpoints},
                 {"checkpoint_steps", double(report.job.checkpoint_steps)},
                 {"checkpoint_interval_s",
                  (double(report.job.checkpoint_steps) * report.job.step_time).base()},
                 {"maintenances", runs.maintenances},
                 {"resizes", runs.resizes},
                 {"closed_form_days", report.closed_form_days},
                 {"clock_resolution_s", kTick.base()},
                 {"events", runs.events}};
}

Records rows_of(const RunReport& report) { return {record_of(report)}; }

}  // namespace fleetcast::report
