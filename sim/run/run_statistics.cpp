#include "sim/run/run_statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "sim/run/percentile.hpp"

namespace fleetcast {
namespace {

double days_of(Ticks ticks) { return seconds_of(ticks) / kDay; }

template <class Count>
std::vector<double> sorted(std::span<const NumberedOutcome> runs, Count&& count) {
  std::vector<double> out;
  for (const NumberedOutcome& run : runs) out.push_back(count(run.outcome));
  std::sort(out.begin(), out.end());
  return out;
}

Spread spread_of(const std::vector<double>& sorted) {
  return {percentile(sorted, 0.1), percentile(sorted, 0.5), percentile(sorted, 0.9), sorted.back()};
}

template <class Count>
double mean_of(std::span<const NumberedOutcome> runs, Count&& count) {
  double sum = 0.0;
  for (const NumberedOutcome& run : runs) sum += double(count(run.outcome));
  return sum / double(runs.size());
}

/// Times are whole ticks, whose sum is exact.
void fill_times(std::span<const NumberedOutcome> runs, RunStatistics& out) {
  const auto count = double(runs.size());
  Ticks all = 0, training = 0;
  for (std::size_t p = 0; p < kJobParts; ++p) {
    Ticks sum = 0;
    for (const NumberedOutcome& run : runs) sum += run.outcome.part[p];
    out.part_days[p] = days_of(sum) / count;
    all += sum;
    if (p == static_cast<std::size_t>(JobPart::kTraining)) training = sum;
  }
  out.mean_days = days_of(all) / count;
  out.goodput = all > 0 ? double(training) / double(all) : 1.0;
  double squares = 0.0;
  for (const NumberedOutcome& run : runs)
    squares += std::pow(days_of(run.outcome.total()) - out.mean_days, 2);
  if (count > 1) out.mean_days_error = std::sqrt(squares / (count * (count - 1)));
}

std::uint64_t nearest_run(std::span<const NumberedOutcome> runs, double days) {
  const auto distance = [&](const NumberedOutcome& run) {
    return std::abs(days_of(run.outcome.total()) - days);
  };
  return std::min_element(runs.begin(), runs.end(),
                          [&](const auto& a, const auto& b) { return distance(a) < distance(b); })
      ->run;
}

}  // namespace

double RunStatistics::all_interruptions() const {
  return std::accumulate(interruptions.begin(), interruptions.end(), 0.0);
}

RunStatistics statistics_of(const JobSpec& spec, std::span<const NumberedOutcome> runs) {
  assert(!runs.empty());
  using O = const JobOutcome&;
  RunStatistics out;
  out.runs = runs.size();
  fill_times(runs, out);
  out.days = spread_of(sorted(runs, [](O o) { return days_of(o.total()); }));
  out.nodes_out = spread_of(sorted(runs, [](O o) { return double(o.most_nodes_out); }));
  for (std::size_t c = 0; c < spec.components.size(); ++c)
    out.interruptions.push_back(mean_of(runs, [c](O o) { return o.interruptions[c]; }));
  out.checkpoints = mean_of(runs, [](O o) { return o.checkpoints; });
  out.maintenances = mean_of(runs, [](O o) { return o.maintenances; });
  out.resizes = mean_of(runs, [](O o) { return o.resizes; });
  out.replaced_nodes = mean_of(runs, [](O o) { return o.replaced_nodes; });
  for (const NumberedOutcome& run : runs) {
    out.events += double(run.outcome.events);
    out.given_up += run.outcome.is_finished ? 0 : 1;
  }
  out.median_run = nearest_run(runs, out.days.p50);
  return out;
}

}  // namespace fleetcast
