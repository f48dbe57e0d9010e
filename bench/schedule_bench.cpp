#include <algorithm>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/subjects.hpp"

namespace fleetcast {
namespace {

void play_every_slot(benchmark::State& state) {
  bench::Pipeline pipeline{static_cast<int>(state.range(0))};
  for (auto _ : state) benchmark::DoNotOptimize(pipeline.play_all());
  state.SetItemsProcessed(state.iterations() * pipeline.slots());
}

void play_a_period(benchmark::State& state) {
  bench::Pipeline pipeline{static_cast<int>(state.range(0))};
  for (auto _ : state) benchmark::DoNotOptimize(pipeline.play_some());
  state.SetItemsProcessed(state.iterations() * pipeline.slots());
}

/// Baseline: as many maxima and sums as there are slots, one after the other, in order of memory.
void walk_slots(benchmark::State& state) {
  const bench::Pipeline pipeline{static_cast<int>(state.range(0))};
  std::vector<double> finish(static_cast<std::size_t>(pipeline.slots()) + 1, 0.0);
  for (auto _ : state) {
    double clock = 0;
    for (double& slot : finish) slot = clock = std::max(clock, slot * 0.5) + 1e-3;
    benchmark::DoNotOptimize(clock);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * pipeline.slots());
}

BENCHMARK(walk_slots)->Name("schedule/baseline_walk")->Arg(64)->Arg(1024);
BENCHMARK(play_every_slot)->Name("schedule/play")->Arg(64)->Arg(1024);
BENCHMARK(play_a_period)->Name("schedule/play_periodic")->Arg(64)->Arg(1024);

}  // namespace
}  // namespace fleetcast
