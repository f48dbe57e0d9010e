#include <benchmark/benchmark.h>

#include "bench/subjects.hpp"

namespace fleetcast {
namespace {

constexpr auto kKernels = static_cast<std::int64_t>(bench::kLayerGemms.size());

void price_kernels(benchmark::State& state) {
  const Chip chip = bench::h100();
  for (auto _ : state) benchmark::DoNotOptimize(bench::price_layer(chip));
  state.SetItemsProcessed(state.iterations() * kKernels);
}
BENCHMARK(price_kernels)->Name("chip/baseline_analytic");

void simulate_kernels(benchmark::State& state) {
  const chip::ChipSpec spec = bench::simulated_h100();
  for (auto _ : state) benchmark::DoNotOptimize(bench::simulate_layer(spec));
  state.SetItemsProcessed(state.iterations() * kKernels);
}
BENCHMARK(simulate_kernels)->Name("chip/simulated");

}  // namespace
}  // namespace fleetcast
