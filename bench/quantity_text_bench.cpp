#include <charconv>

#include <benchmark/benchmark.h>

#include "bench/subjects.hpp"

namespace fleetcast {
namespace {

void parse_quantities(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(bench::parse_all());
  state.SetItemsProcessed(state.iterations() * bench::kBandwidths.size());
}

/// Baseline: the number alone, without its unit.
void parse_numbers(benchmark::State& state) {
  for (auto _ : state) {
    double sum = 0;
    for (const std::string_view text : bench::kBandwidths) {
      double value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      sum += value;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * bench::kBandwidths.size());
}

BENCHMARK(parse_numbers)->Name("quantity_text/baseline_from_chars");
BENCHMARK(parse_quantities)->Name("quantity_text/parse_quantity");

}  // namespace
}  // namespace fleetcast
