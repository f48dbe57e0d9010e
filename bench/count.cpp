// Runs one subject a fixed number of times and does nothing else, so that the instructions of the
// whole process are those of the subject. Called by .ci/instructions under callgrind.

#include <array>
#include <cstdio>
#include <string_view>

#include "bench/events.hpp"
#include "bench/planner.hpp"
#include "bench/runs.hpp"
#include "bench/subjects.hpp"
#include "bench/traces.hpp"

namespace {

using namespace fleetcast;

double price() {
  const Chip chip = bench::h100();
  Seconds sum{};
  for (int i = 0; i < 5000; ++i) sum += bench::price_layer(chip);
  return sum.base();
}

double play_all() {
  bench::Pipeline pipeline{64};
  Seconds sum{};
  for (int i = 0; i < 100; ++i) sum += pipeline.play_all();
  return sum.base();
}

double play_some() {
  bench::Pipeline pipeline{1024};
  Seconds sum{};
  for (int i = 0; i < 100; ++i) sum += pipeline.play_some();
  return sum.base();
}

double parse() {
  double sum = 0;
  for (int i = 0; i < 5000; ++i) sum += bench::parse_all().base();
  return sum;
}

double price_plans() {
  bench::Planner planner(bench::kOwnPlan);
  Seconds sum = planner.price_cold();
  for (int i = 0; i < 5000; ++i) sum += planner.price_warm();
  return sum.base();
}

double lower_plans() {
  bench::Planner planner(bench::kOwnPlan);
  Seconds sum{};
  for (int i = 0; i < 500; ++i) sum += planner.price_cold();
  return sum.base();
}

double search_plans() {
  const bench::Planner planner(bench::kOwnPlan);
  return double(planner.search_all().counts.plans);
}

double size_fleet() {
  const bench::Planner planner(bench::kDeadline, bench::one_fleet());
  return planner.size().fleets.front().gpus;
}

double sweep_points() {
  bench::Sweeper sweeper;
  long rows = 0;
  for (int i = 0; i < 8; ++i) rows += sweeper.evaluate_block();
  return double(rows);
}

double load() {
  double sum = 0;
  for (int i = 0; i < 10; ++i)
    sum += config::load_scenario(config::scenario_path(bench::kOwnPlan)).spec.gpus;
  return sum;
}

double simulate_runs() { return bench::simulate_runs(50); }

double trace() { return double(bench::write_trace(1 << 17)); }

double simulate_step() { return double(bench::SimulatedStep{4}.run(false)); }

double simulate_kernels() {
  const chip::ChipSpec spec = bench::simulated_h100();
  Seconds sum{};
  for (int i = 0; i < 100; ++i) sum += bench::simulate_layer(spec);
  return sum.base();
}

double run_events() { return double(bench::run_agenda(4096, 1 << 20)); }

struct Subject {
  std::string_view key;
  double (*run)();
};
constexpr std::array<Subject, 15> kSubjects{{
    {"gemm_time", price},
    {"play", play_all},
    {"play_periodic", play_some},
    {"parse_quantity", parse},
    {"price_plan", price_plans},
    {"lower_plan", lower_plans},
    {"search", search_plans},
    {"size_fleet", size_fleet},
    {"sweep", sweep_points},
    {"load_scenario", load},
    {"events", run_events},
    {"simulate_step", simulate_step},
    {"trace", trace},
    {"runs", simulate_runs},
    {"simulate_kernels", simulate_kernels},
}};

}  // namespace

int main(int count, char** arguments) {
  for (const Subject& subject : kSubjects)
    if (count == 2 && subject.key == arguments[1]) return std::printf("%g\n", subject.run()) < 0;
  std::fputs("usage: fleetcast_count SUBJECT, one of:", stderr);
  for (const Subject& subject : kSubjects)
    std::fprintf(stderr, " %.*s", static_cast<int>(subject.key.size()), subject.key.data());
  std::fputs("\n", stderr);
  return 2;
}
