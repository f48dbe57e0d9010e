#include "sim/report/run_report.hpp"

#include "sim/report/csv.hpp"
#include "sim/report/json.hpp"
#include "sim/report/text.hpp"
#include "tests/catch.hpp"
#include "tests/sim/report/results.hpp"

namespace fleetcast::report {
namespace {

/// Two runs, of 90 and 94 days.
RunReport toy_report() {
  RunReport out{.step = toy_estimate(), .wanted = 2, .seed = 7, .closed_form_days = 91};
  out.job = {.steps = 3'628'800,
             .step_time = Seconds{2},
             .checkpoint_steps = 300,
             .checkpoint = Seconds{4},
             .maintenance_every = kDay,
             .nodes = 500,
             .spares = 3,
             .components = {{.name = "gpu"}, {.name = "nic"}}};
  std::vector<NumberedOutcome> runs(2);
  for (std::uint64_t i = 0; i < 2; ++i) {
    JobOutcome& o = runs[i].outcome;
    runs[i].run = i;
    o[JobPart::kTraining] = ticks_of(84 * kDay);
    o[JobPart::kRestart] = ticks_of(4 * kDay);
    o[JobPart::kWaiting] = ticks_of((2 + 4 * double(i)) * kDay);
    o.interruptions = {1, 3};
    o.checkpoints = 12'096;
    o.maintenances = 90;
    o.replaced_nodes = 4;
    o.most_nodes_out = 2;
    o.events = 10'000;
    o.is_finished = true;
  }
  out.runs = statistics_of(out.job, runs);
  return out;
}

TEST_CASE("a simulated run answers first, then why", "[report]") {
  CHECK(to_text(toy_report(), {}) ==
        R"(92.0 days p50, 93.6 days p90 of 2 simulated runs on 4,000 Toy 8 GB; goodput 91 %
Without interruptions it is 84.0 days; restart adds 4.00 days, waiting adds 4.00
days
The error of the step's own forecast, 1.50 s to 2.50 s, is not in it: it moves
p50 to 69.0 days or 115.0 days

Where the time goes, days
  training  84.00   91.3 %  work that is in the model
  restart    4.00    4.3 %  re-scheduling, reload, warm-up
  waiting    4.00    4.3 %  for a node to be repaired
  run       92.00  100.0 %  mean of all runs

Interruptions
  cause     a  share  one every
          run
  nic    3.00   75 %  30.7 days
  gpu    1.00   25 %    92 days
  all    4.00  100 %    23 days

Run
  days         92.0 days mean +- 2.00, p10 90.4 days, longest 94.0 days
  closed form  91.0 days (Daly 2006: constant rates, spares at hand, no
               maintenance)
  steps        3,628,800 of 2.00 s
  checkpoints  every 300 steps, 10 min; 12,096 a run
  spares       3 nodes; out of service at once: 2 p50, 2 p90, 2 at most
  maintenance  every 24 h, 90.0 a run
  simulated    20 k events, clock of 1 us, seed 7
)");
}

TEST_CASE("runs that did not end are told of first", "[report]") {
  RunReport report = toy_report();
  report.job.give_up = kDay * 100.0;
  report.runs.given_up = 1;
  CHECK(to_text(report, {})
            .starts_with(
                "92.0 days p50, 93.6 days p90 of 2 simulated runs on 4,000 Toy 8 GB; goodput 91\n"
                "%; 1 of the runs had not ended after 100 days\n"));
}

TEST_CASE("a simulated run has its keys", "[report]") {
  CHECK(to_json(record_of(toy_report())) == R"({
  "scenario": "toy",
  "model": "Toy 1B",
  "system": "toy-system",
  "precision": "bf16",
  "stack": "toy 1",
  "scale": "run",
  "gpus": 4000,
  "steps": 3628800,
  "step_time_s": 2,
  "seed": 7,
  "runs": 2,
  "runs_wanted": 2,
  "given_up": 0,
  "days": {
    "p10": 90.4,
    "p50": 92,
    "p90": 93.6,
    "most": 94
  },
  "mean_days": 92,
  "mean_days_error": 2,
  "goodput": 0.9130434782608695,
  "breakdown_days": {
    "training": 84,
    "shrunk": 0,
    "checkpoint": 0,
    "lost": 0,
    "detection": 0,
    "restart": 4,
    "waiting": 4,
    "maintenance": 0
  },
  "interruptions": {
    "all": 4,
    "by_component": {
      "gpu": 1,
      "nic": 3
    }
  },
  "nodes": {
    "job": 500,
    "spares": 3,
    "replaced": 4,
    "out_at_once": {
      "p10": 2,
      "p50": 2,
      "p90": 2,
      "most": 2
    }
  },
  "checkpoints": 12096,
  "checkpoint_steps": 300,
  "checkpoint_interval_s": 600,
  "maintenances": 90,
  "resizes": 0,
  "closed_form_days": 91,
  "clock_resolution_s": 1e-06,
  "events": 20000
}
)");
  CHECK(to_csv(rows_of(toy_report())).find("\ntoy,Toy 1B,toy-system,bf16,") != std::string::npos);
}

}  // namespace
}  // namespace fleetcast::report
