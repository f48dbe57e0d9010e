#include <benchmark/benchmark.h>

#include "bench/planner.hpp"

namespace fleetcast {
namespace {

/// Baseline: the scenario read anew for every point, as a shell loop over `estimate` does at best.
void load_each(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(bench::Planner(bench::kOwnPlan).price_warm());
  state.SetItemsProcessed(state.iterations());
}

/// Points of the sweep of a million, resolved, estimated and made rows; not written.
void evaluate_points(benchmark::State& state) {
  bench::Sweeper sweeper;
  for (auto _ : state) benchmark::DoNotOptimize(sweeper.evaluate_block());
  state.SetItemsProcessed(state.iterations() * bench::Sweeper::kBlock);
}

BENCHMARK(load_each)->Name("sweep/baseline_load_each")->Unit(benchmark::kMicrosecond);
BENCHMARK(evaluate_points)->Name("sweep/evaluate_block")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace fleetcast
