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

void run_ring(benchmark::State& state) {
  std::uint64_t messages = 0;
  for (auto _ : state) messages += bench::run_ring(static_cast<int>(state.range(0)));
  state.SetItemsProcessed(static_cast<std::int64_t>(messages));
}

template <bool folded>
void run_step(benchmark::State& state) {
  bench::SimulatedStep step(static_cast<int>(state.range(0)));
  std::uint64_t events = 0;
  for (auto _ : state) events += step.run(folded);
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

BENCHMARK(run_ring)
    ->Name("event/ring_all_reduce")
    ->Arg(512)
    ->Arg(4096)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(run_step<true>)->Name("event/step_folded")->Arg(128)->Unit(benchmark::kMillisecond);
BENCHMARK(run_step<false>)
    ->Name("event/step_full")
    ->Arg(16)
    ->Arg(128)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fleetcast
