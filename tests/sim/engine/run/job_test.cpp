#include "sim/engine/run/job.hpp"

#include <cmath>
#include <map>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

constexpr Seconds kForever{std::numeric_limits<double>::infinity()};

/// Failures at given times of the clock that runs while the job can fail.
class Scripted final : public JobFailures {
 public:
  explicit Scripted(std::vector<JobFailure> script) : script_(std::move(script)) {}
  [[nodiscard]] JobFailure next() const override {
    return at_ < script_.size() ? script_[at_] : JobFailure{kForever, 0, false};
  }
  void advance() override { ++at_; }

 private:
  std::vector<JobFailure> script_;
  std::size_t at_ = 0;
};

JobOutcome play(const JobSpec& spec, std::vector<JobFailure> script, Observer* observer = nullptr) {
  Scripted failures(std::move(script));
  return simulate_job(spec, failures, observer);
}

/// Ten steps of a second, a checkpoint of two seconds behind every fifth.
JobSpec toy() {
  return {.steps = 10,
          .step_time = Seconds{1},
          .checkpoint_steps = 5,
          .checkpoint = Seconds{2},
          .nodes = 4,
          .replicas = 4,
          .components = {{.name = "gpu", .repair = Seconds{100}}}};
}

double in(const JobOutcome& outcome, JobPart part) { return seconds_of(outcome[part]).base(); }
double length(const JobOutcome& outcome) { return seconds_of(outcome.total()).base(); }

TEST_CASE("a run that nothing interrupts is its steps and its checkpoints", "[job]") {
  const JobOutcome out = play(toy(), {});
  CHECK(out.is_finished);
  CHECK(length(out) == 10 + 2 * 2);
  CHECK(in(out, JobPart::kTraining) == 10);
  CHECK(in(out, JobPart::kCheckpoint) == 4);
  CHECK(out.checkpoints == 2);
}

TEST_CASE("a checkpoint counts when it is whole: one tick early it does not", "[job]") {
  const JobOutcome on_time = play(toy(), {{Seconds{7}}});
  CHECK(length(on_time) == 14);
  CHECK(on_time[JobPart::kLost] == 0);
  const JobOutcome early = play(toy(), {{Seconds{7} - kTick}});
  CHECK(in(early, JobPart::kLost) == 5);
  CHECK(early.total() == ticks_of(Seconds{14 + 7}) - 1);
  CHECK(early[JobPart::kCheckpoint] == ticks_of(Seconds{4 + 2}) - 1);
  CHECK(early.interruptions[0] == 1);
}

TEST_CASE("a checkpoint that is uploaded beside training counts when it has arrived", "[job]") {
  JobSpec spec = toy();
  spec.upload = Seconds{3};
  // Written at 7, there at 10; three seconds of the next steps are done by then.
  const JobOutcome on_time = play(spec, {{Seconds{10}}});
  CHECK(in(on_time, JobPart::kLost) == 3);
  CHECK(length(on_time) == 14 + 3 + 3);
  const JobOutcome early = play(spec, {{Seconds{10} - kTick}});
  CHECK(early[JobPart::kLost] == ticks_of(Seconds{5 + 3}) - 1);
  CHECK(early.total() == ticks_of(Seconds{14 + 3 + 3 + 7}) - 1);
}

TEST_CASE("an upload that takes longer than the steps holds the next checkpoint up", "[job]") {
  JobSpec spec = toy();
  spec.upload = Seconds{8};
  // Written at 7, there at 15; the steps end at 12.
  CHECK(length(play(spec, {})) == 15 + 2 + 8);
}

TEST_CASE("a failure costs its detection and a restart, which may fail as well", "[job]") {
  JobSpec spec = toy();
  spec.detection = Seconds{1};
  spec.restart = Seconds{4};
  const JobOutcome once = play(spec, {{Seconds{9}}});
  CHECK(length(once) == 14 + 2 + 1 + 4);
  CHECK(in(once, JobPart::kLost) == 2);
  // The clock of failures stands still during detection: the second one hits after 3 s of restart.
  const JobOutcome twice = play(spec, {{Seconds{9}}, {Seconds{12}}});
  CHECK(length(twice) == 14 + 2 + 1 + 3 + 1 + 4);
  CHECK(in(twice, JobPart::kDetection) == 2);
  CHECK(in(twice, JobPart::kRestart) == 7);
  CHECK(twice.interruptions[0] == 2);
}

TEST_CASE("a spare takes the place of a failed node; without one the job waits for repair",
          "[job]") {
  JobSpec spec = toy();
  const std::vector<JobFailure> two{{Seconds{1}, 0, true}, {Seconds{3}, 0, true}};
  spec.spares = 2;
  CHECK(length(play(spec, two)) == 14 + 1 + 2);
  spec.spares = 1;
  // The first node is back 100 s after it failed at 1; the second failed at 3.
  const JobOutcome out = play(spec, two);
  CHECK(in(out, JobPart::kWaiting) == 1 + 100 - 3);
  CHECK(length(out) == 14 + 1 + 2 + 98);
  CHECK(out.replaced_nodes == 2);
  CHECK(out.most_nodes_out == 2);
}

TEST_CASE("a failure that replaces nothing needs no spare", "[job]") {
  JobSpec spec = toy();
  spec.spares = 0;
  const JobOutcome out = play(spec, {{Seconds{1}, 0, false}});
  CHECK(out[JobPart::kWaiting] == 0);
  CHECK(out.replaced_nodes == 0);
}

TEST_CASE("a switch takes all nodes behind it", "[job]") {
  JobSpec spec = toy();
  spec.spares = 2;
  spec.components[0].nodes = 3;
  const JobOutcome out = play(spec, {{Seconds{1}, 0, true}});
  CHECK(out.replaced_nodes == 3);
  CHECK(in(out, JobPart::kWaiting) == 100);
  spec.components[0].nodes = 99;
  CHECK(play(spec, {{Seconds{1}, 0, true}}).replaced_nodes == 4);
}

TEST_CASE("an elastic job goes on without a replica, and grows again at a checkpoint", "[job]") {
  JobSpec spec = toy();
  spec.spares = 0;
  spec.elastic = true;
  spec.restart = Seconds{3};
  // Three of four replicas take 5 / (3/4) s for five steps; the node is not back before the end.
  const JobOutcome shrunk = play(spec, {{Seconds{1}, 0, true}});
  CHECK(length(shrunk) == Approx(1 + 3 + 10 / 0.75 + 2 * 2).margin(1e-5));
  CHECK(in(shrunk, JobPart::kTraining) == Approx(10).margin(1e-5));
  CHECK(in(shrunk, JobPart::kShrunk) == Approx(10 / 0.75 - 10).margin(1e-5));
  CHECK(shrunk.resizes == 1);
  // It is back at 1 + 8: in the first segment, which ends at 1 + 3 + 20/3.
  spec.components[0].repair = Seconds{8};
  const JobOutcome grown = play(spec, {{Seconds{1}, 0, true}});
  CHECK(length(grown) == Approx(1 + 3 + 5 / 0.75 + 2 + 3 + 5 + 2).margin(1e-5));
  CHECK(grown.resizes == 2);
}

TEST_CASE("a smaller job fails less often", "[job]") {
  JobSpec spec = toy();
  spec.spares = 0;
  spec.elastic = true;
  spec.restart = Seconds{3};
  // At 3/4 of the size, a failure 3 s later on the full job's clock comes 4 s later.
  const JobOutcome out = play(spec, {{Seconds{1}, 0, true}, {Seconds{1 + 3}}});
  CHECK(in(out, JobPart::kLost) == Approx(1 + 1).margin(1e-5));
}

TEST_CASE("planned maintenance waits for the next checkpoint and loses no work", "[job]") {
  JobSpec spec = toy();
  spec.restart = Seconds{3};
  spec.maintenance_every = Seconds{6};
  spec.maintenance = Seconds{20};
  // Due at 6 in the first checkpoint, so behind the second one, where the run has ended.
  CHECK(play(spec, {}).maintenances == 0);
  spec.maintenance_every = Seconds{4};
  spec.upload = Seconds{1};
  // Due at 4: the checkpoint ends at 7 and is there at 8, 20 s later the restart begins.
  const JobOutcome out = play(spec, {});
  CHECK(out.maintenances == 1);
  CHECK(in(out, JobPart::kMaintenance) == 20);
  CHECK(length(out) == 8 + 20 + 3 + 5 + 2 + 1);
}

TEST_CASE("a run that gets nowhere is given up", "[job]") {
  JobSpec spec = toy();
  spec.give_up = Seconds{50};
  std::vector<JobFailure> script;
  for (int i = 1; i < 100; ++i) script.push_back({Seconds{6.5 * i}});
  const JobOutcome out = play(spec, script);
  CHECK_FALSE(out.is_finished);
  CHECK(length(out) == 50);
  CHECK(out[JobPart::kTraining] == 0);
}

/// All that can happen, often.
JobSpec eventful() {
  return {.steps = 20'000,
          .step_time = Seconds{7.123456},
          .checkpoint_steps = 37,
          .checkpoint = Seconds{3.3},
          .upload = Seconds{200},
          .detection = Seconds{33.3},
          .restart = Seconds{444.4},
          .maintenance_every = kHour * 7.7,
          .maintenance = Seconds{1234.5},
          .nodes = 96,
          .spares = 2,
          .replicas = 12,
          .elastic = true,
          .components = {{"gpu", 1.0 / (kHour * 3.0), 0.7, kHour * 5.0},
                         {"switch", 1.0 / (kHour * 20.0), 1.0, kHour * 2.0, 16},
                         {"software", 1.0 / (kHour * 9.0), 0.0, {}, 1, 0.6}}};
}

struct Watch final : Observer {
  void name_process(std::uint32_t, std::string_view) override {}
  void name_track(Track, std::string_view) override {}
  void counter(std::uint32_t, std::string_view, Seconds, double value) override { out = value; }
  void flow(std::string_view, Track, Seconds, Track, Seconds) override {}
  void instant(Track, std::string_view name, std::string_view, Seconds) override {
    ++failures[std::string(name)];
  }
  void span(Track, std::string_view name, std::string_view, Seconds start,
            Seconds duration) override {
    gap = std::max(gap, std::abs((start - end).base()));
    end = start + duration;
    states[std::string(name)] += ticks_of(duration);
  }
  std::map<std::string, std::uint32_t> failures;
  std::map<std::string, Ticks> states;
  Seconds end{};
  double gap = 0, out = 0;
};

TEST_CASE("parts of a run add up to its length exactly, and spans cover it without a gap",
          "[job]") {
  for (std::uint64_t run = 0; run < 20; ++run) {
    Watch watch;
    const JobOutcome out = simulate_job(eventful(), 1, run, &watch);
    CHECK(out.is_finished);
    CHECK(out.total() == ticks_of(watch.end));
    CHECK(watch.gap < 1e-9);
    CHECK(out[JobPart::kTraining] + out[JobPart::kShrunk] + out[JobPart::kLost] ==
          watch.states["training"]);
    for (const JobPart part : {JobPart::kCheckpoint, JobPart::kDetection, JobPart::kRestart,
                               JobPart::kWaiting, JobPart::kMaintenance})
      CHECK(out[part] == watch.states[std::string(key_of(part))]);
    CHECK(out.interruptions[0] == watch.failures["gpu"]);
    CHECK(out.interruptions[1] == watch.failures["switch"]);
    // Work is what the steps take at full size, whatever interrupted them; each segment rounds
    // once.
    CHECK(in(out, JobPart::kTraining) == Approx(20'000 * 7.123456).margin(541 * 1e-6));
  }
}

TEST_CASE("a run is the same each time, and each number of run and seed is another one", "[job]") {
  const JobOutcome out = simulate_job(eventful(), 1, 0);
  CHECK(simulate_job(eventful(), 1, 0) == out);
  CHECK_FALSE(simulate_job(eventful(), 1, 1) == out);
  CHECK_FALSE(simulate_job(eventful(), 2, 0) == out);
}

// Renewal: between checkpoints lie w of work and c of checkpoint; a failure, exponential with mean
// M, costs detection D, in which nothing fails, and restarts R until one succeeds:
//   Z = D + (1 - e^-r) (M + Z) with r = R/M, so Z = D e^r + M (e^r - 1);
//   a segment takes (M + Z) (e^((w + c)/M) - 1).
// With D = 0 it is M e^r (e^((w + c)/M) - 1): Daly 2006, FGCS 22(3), eq. 20.
double expected_length(const JobSpec& spec, Seconds mtbf) {
  const double m = mtbf.base(), r = spec.restart / mtbf;
  const double z = spec.detection.base() * std::exp(r) + m * std::expm1(r);
  const Seconds segment = double(spec.checkpoint_steps) * spec.step_time + spec.checkpoint;
  const double segments = double(spec.steps) / double(spec.checkpoint_steps);
  return segments * (m + z) * std::expm1(segment / mtbf);
}

struct Mean {
  double mean = 0, error = 0;
};
Mean mean_length(const JobSpec& spec, int runs) {
  double sum = 0, squares = 0;
  for (int run = 0; run < runs; ++run) {
    const double x = length(simulate_job(spec, 1, static_cast<std::uint64_t>(run)));
    sum += x;
    squares += x * x;
  }
  const double mean = sum / runs;
  return {mean, std::sqrt((squares / runs - mean * mean) / (runs - 1))};
}

TEST_CASE("the mean of a thousand runs is Daly's complete model within its standard error",
          "[job]") {
  // 2,000 h of work in segments of an hour, failures every 10 h, of two causes.
  JobSpec spec{.steps = 2000 * 60,
               .step_time = Seconds{60},
               .checkpoint_steps = 60,
               .checkpoint = Seconds{120},
               .restart = Seconds{1800},
               .components = {{.name = "a", .rate = 0.7 / (kHour * 10.0)},
                              {.name = "b", .rate = 0.3 / (kHour * 10.0), .replaced = 1.0}}};
  for (const Seconds detection : {Seconds{0}, Seconds{900}}) {
    spec.detection = detection;
    const Mean simulated = mean_length(spec, 1000);
    const double expected = expected_length(spec, kHour * 10.0);
    INFO(simulated.mean << " +- " << simulated.error << ", expected " << expected);
    CHECK(std::abs(simulated.mean - expected) < 2.0 * simulated.error);
    CHECK(simulated.error < 1e-3 * expected);
  }
}

}  // namespace
}  // namespace fleetcast
