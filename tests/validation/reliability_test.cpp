#include <cmath>

#include "sim/config/library.hpp"
#include "sim/config/reader.hpp"
#include "sim/plan/job.hpp"
#include "sim/run/run_statistics.hpp"
#include "tests/catch.hpp"

// Published runs against simulated ones. Rates are inputs that some of these sources state; what is
// tested is what a run makes of them.

namespace fleetcast {
namespace {

/// What a source states of a run.
struct PublishedRun {
  const char* source;
  double gpus, days;
  PerSecond rate;                ///< interruptions a GPU
  Seconds checkpoint, interval;  ///< 0: the optimum
  Seconds restart;               ///< detection included
  double least_goodput, most_goodput;
};

constexpr Seconds kYear = 365.0 * kDay;
constexpr Seconds kMinute{60};
/// Kokolis et al. 2024, arXiv:2410.21680: 6.5 failures in 1,000 node-days of eight A100.
constexpr PerSecond kRsc = 6.5 / (8 * 1000 * kDay);
/// The Llama 3 herd of models, arXiv:2407.21783, section 3.3.4: 419 in 54 days of 16,384 H100.
constexpr PerSecond kLlama = 419.0 / (16384 * 54 * kDay);

const std::vector<PublishedRun>& published() {
  static const std::vector<PublishedRun> runs{
      // "higher than 90 % effective training time". Restart and checkpoint are not stated: those of
      // configs/clusters, from other sources.
      {"Llama 3 405B", 16384, 54, kLlama, Seconds{10}, {}, 10 * kMinute, 0.90, 0.95},
      // Kokolis et al., ETTR of a 16,000-GPU job with checkpoints that cost nothing, restarts of
      // 5 min, the least they give: 0.7 at 60 min, 0.93 at 5 min.
      {"RSC, 60 min", 16384, 54, kRsc, {}, kHour, 5 * kMinute, 0.68, 0.73},
      {"RSC, 5 min", 16384, 54, kRsc, {}, 5 * kMinute, 5 * kMinute, 0.92, 0.95},
      // MegaScale, arXiv:2402.15627: more than 100 failures in several weeks of more than 10,000
      // GPUs (taken as 12,288, Table 2, and six weeks), diagnosed within 10 min, caught up within
      // 15 min, checkpoints of several seconds; more than 90 % effective.
      {"MegaScale",
       12288,
       42,
       100.0 / (12288 * 42 * kDay),
       Seconds{10},
       {},
       25 * kMinute,
       0.90,
       0.96},
      // OPT-175B, arXiv:2205.01068 and its logbook: 105 restarts in 60 days of 992 GPUs. Its blog
      // says 59 % uptime; restarts, by hand, are not stated. A known gap: 2 h of each leave most of
      // what was lost unexplained.
      {"OPT-175B", 992, 60, 105.0 / (992 * 60 * kDay), 5 * kMinute, {}, 2 * kHour, 0.70, 0.80},
  };
  return runs;
}

JobSpec job_of(const PublishedRun& run) {
  System system;
  system.cluster.node_gpus = 8;
  system.cluster.reliability.interruptions = run.rate;
  system.cluster.reliability.restart = run.restart;
  system.cluster.reliability.checkpoint = run.checkpoint;
  config::Scenario scenario;
  scenario.spec.recovery.checkpoint_interval = run.interval;
  Estimate estimate;
  estimate.plan.dp = static_cast<int>(run.gpus);
  estimate.timeline.step_time = Seconds{5};
  estimate.run.steps = std::ceil(run.days * kDay / Seconds{5});
  return fleetcast::job_of(scenario, system, estimate);
}

RunStatistics simulate(const JobSpec& job, std::uint64_t runs) {
  std::vector<NumberedOutcome> out;
  for (std::uint64_t run = 0; run < runs; ++run) out.push_back({run, simulate_job(job, 1, run)});
  return statistics_of(job, out);
}

TEST_CASE("goodput of published runs is what they say", "[validation]") {
  for (const PublishedRun& run : published()) {
    const RunStatistics out = simulate(job_of(run), 50);
    INFO(run.source << ": " << out.goodput);
    CHECK(out.given_up == 0);
    CHECK(out.goodput > run.least_goodput);
    CHECK(out.goodput < run.most_goodput);
  }
}

TEST_CASE("Llama 3 405B: 419 unexpected and 47 planned interruptions in 54 days, by cause",
          "[validation]") {
  // Table 5: faulty GPU, SRAM, system processor, silent data corruption, sensor; HBM3; software,
  // NCCL watchdog, dependency; switch or cable, NIC; unplanned maintenance; other parts of hosts.
  const std::vector<std::pair<std::string, double>> table{
      {"gpu", 148 + 19 + 17 + 6 + 6}, {"hbm", 72},
      {"software", 54 + 7 + 2},       {"network", 35 + 7},
      {"host-maintenance", 32},       {"host", 3 + 3 + 2 + 2 + 2 + 2}};
  const System system = config::load_system({"h100-80gb-sxm", {}}, {}).system;
  Estimate estimate;
  estimate.plan.tp = 8, estimate.plan.pp = 16, estimate.plan.dp = 128;
  estimate.timeline.step_time = Seconds{6};
  estimate.run.steps = std::ceil(0.9 * 54 * kDay / Seconds{6});
  const JobSpec job = fleetcast::job_of({}, system, estimate);
  const RunStatistics out = simulate(job, 200);
  CHECK(out.goodput > 0.9);
  CHECK(out.mean_days == Approx(54).epsilon(0.01));
  CHECK(out.maintenances == Approx(47).margin(1));
  const double scale = 54 / out.mean_days;
  // Failures don't strike while the job is down for maintenance or waits: a few less than 419.
  CHECK(out.all_interruptions() * scale == Approx(419).epsilon(0.02));
  for (std::size_t c = 0; c < table.size(); ++c) {
    INFO(table[c].first);
    CHECK(job.components[c].name == table[c].first);
    // Four standard errors of a mean of 200 Poisson counts.
    CHECK(out.interruptions[c] * scale ==
          Approx(table[c].second).margin(4 * std::sqrt(table[c].second / 200) + 1));
  }
}

TEST_CASE("BLOOM: half of each interval of three hours is lost at a GPU failure; four spares do",
          "[validation]") {
  // BigScience chronicles: 384 A100, 118 days, one to two GPU failures a week, a checkpoint of 40 s
  // every three hours, four spare nodes. That repairs take three days is our assumption.
  JobSpec job{.steps = 118 * 24 * 36,
              .step_time = Seconds{100},
              .checkpoint_steps = 108,
              .checkpoint = Seconds{40},
              .restart = 10 * kMinute,
              .nodes = 48,
              .spares = 4,
              .replicas = 8,
              .components = {{"gpu", 1.5 / (7 * kDay), 1.0, 3 * kDay}}};
  const RunStatistics out = simulate(job, 200);
  CHECK(out.all_interruptions() == Approx(1.5 * 118 / 7).epsilon(0.05));
  CHECK(out.days_in(JobPart::kLost) / out.all_interruptions() * kDay / kHour ==
        Approx(1.5).epsilon(0.05));
  CHECK(out.days_in(JobPart::kWaiting) < 0.5);
  CHECK(out.nodes_out.p50 <= 5);
}

}  // namespace
}  // namespace fleetcast
