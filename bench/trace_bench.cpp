#include <benchmark/benchmark.h>

#include "bench/traces.hpp"

namespace fleetcast {
namespace {

constexpr std::uint32_t kSpans = 1 << 20;

template <std::uint64_t (*Write)(std::uint32_t)>
void write_spans(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Write(kSpans));
  state.SetItemsProcessed(state.iterations() * std::int64_t{kSpans});
}

BENCHMARK(write_spans<bench::print_trace>)->Name("trace/baseline_snprintf");
BENCHMARK(write_spans<bench::write_trace>)->Name("trace/chrome");

}  // namespace
}  // namespace fleetcast
