// How the time of a simulated step grows with ranks and micro-batches, folded and in full: one line
// of CSV each, on one thread. `make bench-update` keeps it in results/bench/simulate.csv and draws
// it.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "bench/events.hpp"

namespace {

using namespace fleetcast;

constexpr int kRepeats = 3;
constexpr int kColumnGpus = 128;
constexpr int kMicroBatches = 16;

void print_point(const char* curve, bool folded, int gpus, int micro_batches) {
  bench::SimulatedStep step(gpus / kColumnGpus, micro_batches);
  std::array<double, kRepeats> seconds{};
  std::uint64_t events = 0;
  for (double& each : seconds) {
    const auto begun = std::chrono::steady_clock::now();
    events = step.run(folded);
    each = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("%s,%d,%d,%llu,%.2f\n", curve, gpus, micro_batches,
              static_cast<unsigned long long>(events), seconds[kRepeats / 2] * 1e3);
}

}  // namespace

int main() {
  std::puts("curve,gpus,micro_batches,events,median_ms");
  for (int gpus = 1024; gpus <= 131072; gpus *= 2) print_point("folded", true, gpus, kMicroBatches);
  for (int gpus = 1024; gpus <= 32768; gpus *= 2) print_point("full", false, gpus, kMicroBatches);
  for (int micro_batches = 16; micro_batches <= 1024; micro_batches *= 2)
    print_point("folded by micro-batches", true, 16384, micro_batches);
}
