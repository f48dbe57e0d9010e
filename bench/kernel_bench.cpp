#include <algorithm>

#include <benchmark/benchmark.h>

#include "bench/subjects.hpp"

namespace fleetcast {
namespace {

void price_by_tiles_and_waves(benchmark::State& state) {
  const Chip chip = bench::h100();
  for (auto _ : state) benchmark::DoNotOptimize(bench::price_layer(chip));
  state.SetItemsProcessed(state.iterations() * bench::kLayerGemms.size());
}

/// Baseline: compute or move, whichever takes longer, in plain doubles.
void price_by_roofline(benchmark::State& state) {
  for (auto _ : state) {
    double sum = 0;
    for (GemmShape g : bench::kLayerGemms) {
      benchmark::DoNotOptimize(g);
      sum += std::max(2.0 * g.m * g.n * g.k / 989.4e12,
                      2.0 * (g.m * g.k + g.k * g.n + g.m * g.n) / 3.35e12);
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * bench::kLayerGemms.size());
}

BENCHMARK(price_by_roofline)->Name("gemm/baseline_roofline");
BENCHMARK(price_by_tiles_and_waves)->Name("gemm/gemm_time");

}  // namespace
}  // namespace fleetcast
