// How the time of a search grows with the fleet: one line of CSV for each model and number of GPUs,
// from 64 to a million, on one thread. `make bench-update` keeps it in results/bench/growth.csv
// and draws it.

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "sim/plan/search.hpp"

namespace {

using namespace fleetcast;

constexpr int kLeast = 1 << 6, kMost = 1 << 20, kRepeats = 5;
/// A fleet trains the scenario's batch, and a larger one as much a GPU as this.
constexpr int kGpusPerSequence = 8;

struct Curve {
  const char* scenario;
  const char* system;
  double batch;
};
constexpr std::array<Curve, 3> kCurves{{{"gpt3-175b-64-a100", "a100-80gb-sxm", 1536},
                                        {"llama3.1-405b-16k-h100", "h100-80gb-sxm", 2048},
                                        {"gpt-moe-1.8t-90-days", "gb200-nvl72", 8192}}};

config::Scenario scenario_of(const Curve& curve, int gpus) {
  const double batch = std::max(curve.batch, double(gpus) / kGpusPerSequence);
  const std::vector<std::string> sets{
      "plan={}",
      std::string("systems=[") + curve.system + "]",
      "precisions=[bf16]",
      "space={}",
      "claims=[]",
      "training.global_batch=" + std::to_string(static_cast<long>(batch)),
      "gpus=" + std::to_string(gpus)};
  return config::load_scenario(config::scenario_path(curve.scenario), sets);
}

void print_point(const Curve& curve, int gpus) {
  const config::Scenario scenario = scenario_of(curve, gpus);
  const System& system = scenario.systems.front().system;
  std::vector<double> seconds;
  SearchCounts counts;
  for (int i = 0; i < kRepeats; ++i) {
    counts = search(scenario, system, scenario.spec.precisions, {.keep = 1, .threads = 1}).counts;
    seconds.push_back(counts.elapsed.base());
  }
  std::nth_element(seconds.begin(), seconds.begin() + kRepeats / 2, seconds.end());
  const double median = seconds[kRepeats / 2];
  std::printf("%s,%d,%zu,%ld,%ld,%.2f\n", scenario.model.name.c_str(), gpus, divisors(gpus).size(),
              counts.plans, counts.priced, median * 1e3);
}

}  // namespace

int main() {
  std::printf("model,gpus,divisors,plans,priced,milliseconds\n");
  for (const Curve& curve : kCurves)
    for (int gpus = kLeast; gpus <= kMost; gpus *= 2) print_point(curve, gpus);
}
