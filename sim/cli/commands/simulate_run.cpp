#include <algorithm>
#include <optional>

#include "sim/cli/commands/simulate.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/stop.hpp"
#include "sim/cli/subject.hpp"
#include "sim/engine/run/ensemble.hpp"
#include "sim/plan/job.hpp"
#include "sim/plan/parallel.hpp"
#include "sim/report/chrome_trace.hpp"
#include "sim/report/number.hpp"

namespace fleetcast::cli {
namespace {

std::vector<NumberedOutcome> simulate_all(const Arguments& arguments, const JobSpec& job) {
  ProgressLine line("runs", arguments.watch);
  return simulate_jobs(
      job, {.runs = arguments.runs,
            .processes = threads_or_all(arguments.processes),
            .seed = arguments.seed,
            .stop = &StopSignals::signal(),
            .progress = [&](const EnsembleProgress& p) { line.show(p.done, p.total, p.elapsed); }});
}

/// The run whose length is the median, once more.
void write_trace(const report::RunReport& report, Output& file) {
  const std::string seed = std::to_string(report.seed),
                    run = std::to_string(report.runs.median_run);
  report::ChromeTrace trace([&](std::string_view text) { return file.add(text); },
                            {{"scenario", report.step.subject.scenario},
                             {"scale", "run"},
                             {"seed", seed},
                             {"run", run + ", of median length"}});
  simulate_job(report.job, report.seed, report.runs.median_run, &trace);
  trace.finish();
  file.finish();
}

/// What is wrong with the scenario for this scale. Throws: config::ConfigError.
void check(const config::Scenario& scenario, const Estimate& estimate) {
  if (!estimate.misfit.fits()) return;
  const Seconds length = estimate.run.steps * estimate.timeline.step_time;
  require(scenario, length <= kLongestJob, "training.tokens",
          "a run of at most ten years; this one takes longer");
}

}  // namespace

int simulate_run(const Arguments& arguments, const config::Scenario& scenario) {
  require(scenario, scenario.spec.training.tokens > 0, "training.tokens",
          "a run over months needs its length");
  report::RunReport report{.step = estimate_of(scenario),
                           .job = {},
                           .runs = {},
                           .wanted = arguments.runs,
                           .seed = arguments.seed};
  const Estimate& estimate = report.step.estimate;
  if (!estimate.misfit.fits()) return complain_of_misfit(scenario, report.step);
  check(scenario, estimate);
  std::optional<Output> trace;
  if (!arguments.trace.empty()) trace.emplace(arguments.trace, "--trace");
  report.job = job_of(scenario, scenario.systems.front().system, estimate);
  report.closed_form_days =
      double(report.job.steps) * report.job.step_time / closed_form_goodput(report.job) / kDay;
  const StopSignals signals;
  const std::vector<NumberedOutcome> runs = simulate_all(arguments, report.job);
  if (!runs.empty()) {
    report.runs = statistics_of(report.job, runs);
    write(arguments, report);
    if (trace) write_trace(report, *trace);
  }
  if (StopSignals::signal() == 0) return kFine;
  complain("fleetcast: stopped after " + report::whole(double(runs.size())) + " of " +
           report::whole(double(arguments.runs)) + " runs");
  return StopSignals::exit_code();
}

}  // namespace fleetcast::cli
