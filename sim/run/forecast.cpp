#include "sim/run/forecast.hpp"

#include <algorithm>
#include <cmath>

#include "models/cost/money.hpp"
#include "models/cost/power.hpp"

namespace fleetcast {
namespace {

/// A run that makes no progress is this long rather than endless, so that sums over it stay finite.
constexpr double kLeastGoodput = 1e-9;
/// 90th percentile of the standard normal distribution.
constexpr double kNormalP90 = 1.2815515655;

/// Interval between checkpoints, over MTBF, that maximises x / (e^(x + c) - 1), where c is the
/// checkpoint's cost over MTBF. There 1 - x = e^-(x + c); Young's sqrt(2 c) lies above the root,
/// from where Newton's method descends to it.
double best_interval(double c) {
  double x = std::min(1.0, std::sqrt(2.0 * c));
  for (int i = 0; i < 50; ++i) {
    const double slope = std::expm1(-(x + c));  // of 1 - x - e^-(x + c)
    const double next = x + (slope + x) / slope;
    if (!(next > 0.0) || !(next < x)) break;
    x = next;
  }
  return x;
}

/// Failures are exponential with mean M and also strike restarts. Between checkpoints lie w of work
/// and c of checkpoint, and a segment is repeated from its start after a restart R; it takes
/// M e^(R/M) (e^((w + c)/M) - 1) on average (Daly 2006, FGCS 22(3), eq. 20), of which w is useful.
/// Here all three are over M.
double useful_share(double work, double checkpoint, double restart) {
  return std::exp(-restart) * (work / std::expm1(work + checkpoint));
}

/// Standard deviation of a run's length over its mean. Lost time is a compound Poisson sum: each
/// interruption costs a restart and work since the last checkpoint, uniform over the interval.
double failure_spread(Seconds mtbf, Seconds segment, Seconds restart, Seconds wall) {
  if (!(wall > Seconds{}) || !std::isfinite(mtbf.base()) || !(mtbf > Seconds{})) return 0.0;
  const auto squared = restart * restart + restart * segment + segment * segment / 3.0;
  return std::sqrt(squared / (mtbf * wall));
}

/// Length of the run at both ends of its range over its expected length. The model's error (ratios
/// of validated rows) and the luck of failures are independent: half widths add up in quadrature.
struct Range {
  double low = 1.0, high = 1.0;
};
Range range_of(const RunInput& run, double failure_deviation, double goodput) {
  const double middle = 0.5 * (run.ratio_p10 + run.ratio_p90);
  const double half =
      std::hypot(0.5 * (run.ratio_p90 - run.ratio_p10), kNormalP90 * failure_deviation);
  // No luck makes a run shorter than one without failures.
  return {std::max(middle - half, run.ratio_p10 * goodput), middle + half};
}

void fill_duration(const Cluster& cluster, Seconds step_time, const RunInput& run, Forecast& out) {
  const ReliabilitySpec& failing = cluster.reliability;
  const PerSecond rate = interruption_rate(failing) * run.gpus;
  const bool fails = rate > PerSecond{};
  const Seconds mtbf = 1.0 / rate;
  const Goodput best = best_goodput(mtbf, failing.checkpoint, failing.restart);
  out.goodput = best.share;
  out.checkpoint_interval = best.interval;
  out.interruption_mean = fails ? mtbf : Seconds{};
  if (!(run.tokens > 0.0) || !(run.tokens_per_step > 0.0)) return;
  out.steps = std::ceil(run.tokens / run.tokens_per_step);
  const Seconds wall = out.steps * step_time / std::max(best.share, kLeastGoodput);
  const double deviation =
      failure_spread(mtbf, best.interval + failing.checkpoint, failing.restart, wall);
  const Range range = range_of(run, deviation, best.share);
  out.days = wall / kDay;
  out.p10_days = out.days * range.low;
  out.p90_days = out.days * range.high;
  out.interruptions = fails ? wall / mtbf : 0.0;
}

void fill_costs(const PriceSpec& price, double fleet, const RunInput& run, Forecast& out) {
  const Seconds wall = out.days * kDay;
  const Seconds gpu_time = fleet * wall;
  out.gpu_hours = gpu_time / kHour;
  out.energy = out.power * wall;
  out.electricity = run.electricity * out.energy;
  out.carbon = run.carbon * out.energy;
  out.cost = rental_middle(price) * gpu_time;
  out.cost_low = price.rental_low * gpu_time;
  out.cost_high = price.rental_high * gpu_time;
  out.capital = purchase_middle(price) * fleet;
  out.owned_cost = written_off(out.capital, wall, run.lifetime) + out.electricity;
}

}  // namespace

Goodput best_goodput(Seconds mtbf, Seconds checkpoint, Seconds restart) {
  if (!std::isfinite(mtbf.base())) return {};
  if (!(mtbf > Seconds{})) return {0.0, Seconds{}};
  const double c = checkpoint / mtbf;
  if (!(c > 0.0)) return {std::exp(-(restart / mtbf)), Seconds{}};
  const double x = best_interval(c);
  return {useful_share(x, c, restart / mtbf), x * mtbf};
}

double goodput_at(Seconds mtbf, Seconds work, Seconds checkpoint, Seconds restart) {
  if (!std::isfinite(mtbf.base())) return work / (work + checkpoint);
  return useful_share(work / mtbf, checkpoint / mtbf, restart / mtbf);
}

Forecast forecast(const Timeline& step, const Cluster& cluster, const Gpu& gpu,
                  const RunInput& run) {
  const double fleet = std::max(run.fleet_gpus, run.gpus);
  const bool runs = step.step_time > Seconds{};
  Forecast out;
  out.p10_step = step.step_time * run.ratio_p10;
  out.p90_step = step.step_time * run.ratio_p90;
  out.power = facility_power(gpu, cluster.power,
                             {.working = run.gpus,
                              .spare = fleet - run.gpus,
                              .busy = runs ? step.compute_busy / step.step_time : 0.0});
  fill_duration(cluster, step.step_time, run, out);
  fill_costs(cluster.price, fleet, run, out);
  return out;
}

}  // namespace fleetcast
