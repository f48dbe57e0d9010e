#include <benchmark/benchmark.h>

#include "bench/events.hpp"

namespace fleetcast {
namespace {

constexpr std::uint64_t kEvents = 1 << 20;

template <std::uint64_t (*Run)(std::uint32_t, std::uint64_t)>
void run_events(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(Run(static_cast<std::uint32_t>(state.range(0)), kEvents));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kEvents));
}

BENCHMARK(run_events<bench::run_priority_queue>)
    ->Name("event/baseline_priority_queue")
    ->Arg(64)
    ->Arg(4096)
    ->Arg(65536);
BENCHMARK(run_events<bench::run_agenda>)->Name("event/agenda")->Arg(64)->Arg(4096)->Arg(65536);

}  // namespace
}  // namespace fleetcast
