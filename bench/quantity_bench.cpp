#include <algorithm>
#include <array>

#include <benchmark/benchmark.h>

#include "models/base/quantity.hpp"

// A roofline over operations, once with types and once with doubles: the types must cost nothing.

namespace fleetcast {
namespace {

constexpr int kOps = 4096;

template <class Work, class Traffic>
struct Ops {
  std::array<Work, kOps> work;
  std::array<Traffic, kOps> traffic;

  Ops() {
    for (int i = 0; i < kOps; ++i) {
      work[i] = Work(1e9 * (i % 17 + 1));
      traffic[i] = Traffic(1e6 * (i % 13 + 1));
    }
  }
};

template <class Time, class Work, class Traffic, class Peak, class Bandwidth>
void roofline(benchmark::State& state) {
  const Ops<Work, Traffic> ops;
  const Peak peak(989e12);
  const Bandwidth bandwidth(3.35e12);
  for (auto _ : state) {
    Time sum{}, longest{};
    for (int i = 0; i < kOps; ++i) {
      const Time time = std::max<Time>(ops.work[i] / peak, ops.traffic[i] / bandwidth);
      sum += time;
      longest = std::max(longest, time);
    }
    benchmark::DoNotOptimize(sum);
    benchmark::DoNotOptimize(longest);
  }
  state.SetItemsProcessed(state.iterations() * kOps);
}

BENCHMARK(roofline<double, double, double, double, double>)->Name("quantity/baseline_double");
BENCHMARK(roofline<Seconds, Flops, Bytes, FlopsPerSecond, BytesPerSecond>)->Name("quantity/typed");

}  // namespace
}  // namespace fleetcast
