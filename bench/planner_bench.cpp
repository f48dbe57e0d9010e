#include <benchmark/benchmark.h>

#include <set>
#include <string>

#include "bench/planner.hpp"
#include "sim/config/echo.hpp"
#include "sim/plan/waterfall.hpp"

namespace fleetcast {
namespace {

using bench::Planner;

void price_by_spreadsheet(benchmark::State& state) {
  Planner planner(bench::kOwnPlan);
  for (auto _ : state) {
    benchmark::DoNotOptimize(planner.scenario.spec.gpus);
    benchmark::DoNotOptimize(planner.price_by_spreadsheet());
  }
  state.SetItemsProcessed(state.iterations());
}
/// One way to price one of named_plans(), which the argument counts.
template <Seconds (Planner::*Price)()>
void price(benchmark::State& state) {
  const bench::NamedPlan plan = bench::named_plans()[static_cast<std::size_t>(state.range(0))];
  Planner planner(plan.scenario, plan.sets);
  if (planner.price_warm() <= Seconds{}) return state.SkipWithError("the plan cannot run");
  for (auto _ : state) benchmark::DoNotOptimize((planner.*Price)());
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(plan.model);
}

void price_all(benchmark::State& state) {
  Planner planner(bench::kOwnPlan);
  for (auto _ : state) benchmark::DoNotOptimize(planner.price_all());
}
void search_all(benchmark::State& state) {
  const Planner planner(bench::kOwnPlan);
  long plans = 0;
  for (auto _ : state) plans += planner.search_all().counts.plans;
  state.SetItemsProcessed(plans);
}

/// Every dimension open: about ten million plans.
void search_open(benchmark::State& state) {
  const Planner planner("gpt3-175b-64-a100");
  long plans = 0;
  for (auto _ : state)
    plans += search(planner.scenario, planner.scenario.systems.front().system,
                    planner.scenario.spec.precisions, {.threads = 1})
                 .counts.plans;
  state.SetItemsProcessed(plans);
}

/// Baseline: whether one guessed fleet has a plan, rather than which is the smallest.
void search_one_size(benchmark::State& state) {
  auto sets = bench::one_fleet();
  const Planner unsized(bench::kDeadline, sets);
  const double gpus = unsized.size().fleets.front().gpus;
  sets.push_back("gpus=" + std::to_string(static_cast<long>(gpus)));
  const Planner planner(bench::kDeadline, sets);
  for (auto _ : state) benchmark::DoNotOptimize(planner.search_all());
}
void size_one_fleet(benchmark::State& state) {
  const Planner planner(bench::kDeadline, bench::one_fleet());
  for (auto _ : state) benchmark::DoNotOptimize(planner.size());
}

void size_all_fleets(benchmark::State& state) {
  const Planner planner(bench::kDeadline);
  for (auto _ : state) benchmark::DoNotOptimize(planner.size());
}

/// H100 against H200: 16 mixtures, four sets of prices.
struct Pair {
  config::Scenario scenario = bench::Planner(bench::kDeadline, bench::one_fleet()).scenario;
  Setup from{scenario.systems.front().system, &kBf16};
  Setup to{bench::Planner(bench::kDeadline, {"systems=[h200]"}).scenario.systems.front().system,
           &kBf16};
};

void explain_pair(benchmark::State& state) {
  const Pair pair;
  for (auto _ : state)
    benchmark::DoNotOptimize(explain_fleets(pair.scenario, pair.from, pair.to, {.threads = 1}));
}

/// Baseline: each mixture by itself.
void size_mixtures(benchmark::State& state) {
  Pair pair;
  const ChangeSet all = ChangeSet{1} << changes().size();
  for (auto _ : state) {
    std::set<std::string> seen;
    for (ChangeSet made = 0; made < all; ++made) {
      const Setup mixture = combine(pair.from, pair.to, made);
      const System& s = mixture.system;
      if (!seen.insert(config::to_yaml(s.cluster) + config::to_yaml(s.gpu) +
                       config::to_yaml(s.curves))
               .second)
        continue;
      pair.scenario.systems.front().system = s;
      benchmark::DoNotOptimize(size_fleets(pair.scenario, {.answer_only = true, .threads = 1}));
    }
  }
}

void parse_files(benchmark::State& state) {
  const Planner planner(bench::kOwnPlan);
  for (auto _ : state)
    benchmark::DoNotOptimize(bench::parse_files(planner.scenario, bench::kOwnPlan));
}
void load_scenario(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(config::load_scenario(config::scenario_path(bench::kOwnPlan)));
}

BENCHMARK(price_by_spreadsheet)->Name("price/baseline_6nd");
BENCHMARK(price<&Planner::price_warm>)->Name("price/known_layers")->DenseRange(0, 2);
BENCHMARK(price<&Planner::price_cold>)->Name("price/from_nothing")->DenseRange(0, 2);
BENCHMARK(price<&Planner::price_alone>)->Name("price/new_workspace")->DenseRange(0, 2);
BENCHMARK(price_all)->Name("search/baseline_price_all")->Unit(benchmark::kMillisecond);
BENCHMARK(search_all)->Name("search/search")->Unit(benchmark::kMillisecond);
BENCHMARK(search_open)->Name("search/gpt3_175b_64_a100")->Unit(benchmark::kMillisecond);
BENCHMARK(search_one_size)->Name("fleet/baseline_search_one")->Unit(benchmark::kMillisecond);
BENCHMARK(size_one_fleet)->Name("fleet/size_fleets")->Unit(benchmark::kMillisecond);
BENCHMARK(size_all_fleets)->Name("fleet/90_days_all")->Unit(benchmark::kMillisecond);
BENCHMARK(size_mixtures)->Name("explain/baseline_each_alone")->Unit(benchmark::kMillisecond);
BENCHMARK(explain_pair)->Name("explain/explain_fleets")->Unit(benchmark::kMillisecond);
BENCHMARK(parse_files)->Name("load/baseline_parse")->Unit(benchmark::kMicrosecond);
BENCHMARK(load_scenario)->Name("load/load_scenario")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace fleetcast
