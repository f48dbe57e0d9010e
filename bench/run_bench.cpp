#include <benchmark/benchmark.h>

#include "bench/runs.hpp"

namespace fleetcast {
namespace {

constexpr std::uint64_t kRuns = 100;

template <double (*Run)(std::uint64_t)>
void simulate_months(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Run(kRuns));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRuns));
}

BENCHMARK(simulate_months<bench::loop_runs>)->Name("run/baseline_loop");
BENCHMARK(simulate_months<bench::simulate_runs>)->Name("run/job");

}  // namespace
}  // namespace fleetcast
