#include "sim/run/forecast.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "sim/config/reader.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One second a step, all of it computing.
Timeline toy_step() {
  Timeline step;
  step.step_time = Seconds{1};
  step.compute_busy = Seconds{1};
  return step;
}

Gpu toy_gpu() {
  Gpu gpu;
  gpu.tdp = Watts{1000};
  gpu.idle = Watts{100};
  return gpu;
}

/// Nothing fails, nothing but GPUs draws power.
Cluster toy_cluster() {
  Cluster cluster;
  cluster.price = {.purchase_low = Dollars{10},
                   .purchase_high = Dollars{30},
                   .rental_low = DollarsPerSecond{1},
                   .rental_high = DollarsPerSecond{3}};
  return cluster;
}

/// One day of one-second steps on ten GPUs.
RunInput toy_run() {
  RunInput run;
  run.tokens = 86400;
  run.tokens_per_step = 1;
  run.gpus = 10;
  run.fleet_gpus = 10;
  run.electricity = DollarsPerJoule{2};
  run.carbon = GramsPerJoule{3};
  run.lifetime = 4 * kDay;
  return run;
}

Cluster failing(Seconds mtbf_of_a_gpu, Seconds restart, Seconds checkpoint) {
  Cluster cluster = toy_cluster();
  cluster.reliability.interruptions = 1.0 / mtbf_of_a_gpu;
  cluster.reliability.restart = restart;
  cluster.reliability.checkpoint = checkpoint;
  return cluster;
}

struct Played {
  double mtbf, checkpoint, restart, interval;
  int segments;
};

/// Wall time of a run, played failure by failure.
double wall_of(const Played& run, std::mt19937_64& random) {
  std::exponential_distribution<double> next_failure(1.0 / run.mtbf);
  double now = 0.0, failure = next_failure(random);
  for (int done = 0; done < run.segments;) {
    if (now + run.interval + run.checkpoint <= failure) {
      now += run.interval + run.checkpoint;
      ++done;
      continue;
    }
    do {
      now = failure;
      failure = now + next_failure(random);
    } while (now + run.restart > failure);
    now += run.restart;
  }
  return now;
}

double goodput_of(const Played& run) {
  std::mt19937_64 random(1);
  return run.segments * run.interval / wall_of(run, random);
}

TEST_CASE("nothing is lost where nothing fails", "[run]") {
  const Goodput best = best_goodput(Seconds{kInfinity}, Seconds{10}, Seconds{600});
  CHECK(best.share == 1.0);
  const Forecast out = forecast(toy_step(), toy_cluster(), toy_gpu(), toy_run());
  CHECK(out.goodput == 1.0);
  CHECK(out.days == 1.0);
  CHECK(out.p10_days == 1.0);
  CHECK(out.p90_days == 1.0);
  CHECK(out.interruptions == 0.0);
  CHECK(out.interruption_mean == Seconds{});
}

TEST_CASE("where checkpoints are cheap the best interval is Young's", "[run]") {
  for (const double checkpoint : {0.001, 0.1, 1.0, 10.0}) {
    const Goodput best = best_goodput(Seconds{10000}, Seconds{checkpoint}, Seconds{100});
    CHECK(best.interval.base() == Approx(std::sqrt(2.0 * checkpoint * 10000)).epsilon(0.02));
  }
}

TEST_CASE("where checkpoints are dear the best interval is Daly's", "[run]") {
  // Daly 2006, eq. 37: sqrt(2 c M) (1 + sqrt(c / 2M) / 3 + c / 18M) - c
  for (const double c : {100.0, 500.0, 2000.0}) {
    const double mtbf = 10000, half = c / (2.0 * mtbf);
    const double daly = std::sqrt(2.0 * c * mtbf) * (1.0 + std::sqrt(half) / 3.0 + half / 9.0) - c;
    const Goodput best = best_goodput(Seconds{mtbf}, Seconds{c}, Seconds{});
    CHECK(best.interval.base() == Approx(daly).epsilon(0.01));
  }
}

TEST_CASE("goodput is that of failures played one by one, and no other interval has more",
          "[run]") {
  for (const double mtbf : {500.0, 5000.0}) {
    const Goodput best = best_goodput(Seconds{mtbf}, Seconds{20}, Seconds{100});
    Played run{mtbf, 20, 100, best.interval.base(), 200000};
    CHECK(best.share == Approx(goodput_of(run)).epsilon(0.005));
    for (const double other : {0.5, 2.0}) {
      run.interval = other * best.interval.base();
      CHECK(goodput_of(run) < best.share);
    }
  }
}

TEST_CASE("rare failures cost a restart and half an interval each", "[run]") {
  const Seconds mtbf = 100 * kHour, checkpoint{10}, restart{600};
  const Goodput best = best_goodput(mtbf, checkpoint, restart);
  const double lost = (restart + 0.5 * best.interval) / mtbf + checkpoint / best.interval;
  CHECK(1.0 - best.share == Approx(lost).epsilon(0.02));
}

TEST_CASE("more failures, dearer checkpoints, longer restarts never give more goodput", "[run]") {
  for (double mtbf = 1e8; mtbf > 1e-3; mtbf *= 0.5) {
    const double share = best_goodput(Seconds{mtbf}, Seconds{10}, Seconds{600}).share;
    CHECK(best_goodput(Seconds{0.5 * mtbf}, Seconds{10}, Seconds{600}).share <= share);
    CHECK(best_goodput(Seconds{mtbf}, Seconds{20}, Seconds{600}).share <= share);
    CHECK(best_goodput(Seconds{mtbf}, Seconds{10}, Seconds{700}).share <= share);
    CHECK(best_goodput(Seconds{mtbf}, Seconds{}, Seconds{600}).share >= share);
  }
}

TEST_CASE("goodput fades to nothing without a jump", "[run]") {
  for (const double mtbf : {0.0, 1e-300, 1e-9, 1e-3, 1.0}) {
    const Goodput best = best_goodput(Seconds{mtbf}, Seconds{10}, Seconds{600});
    CHECK(best.share >= 0.0);
    CHECK(best.share < 1e-6);
    CHECK(std::isfinite(best.interval.base()));
  }
}

TEST_CASE("Llama 3 405B: 419 interruptions in 54 days and above 90 % effective", "[run]") {
  // The Llama 3 herd of models, arXiv:2407.21783, section 3.3.4: 16,384 H100.
  RunInput run = toy_run();
  run.gpus = run.fleet_gpus = 16384;
  run.tokens = 54 * 86400 * 0.9;
  const Cluster h100 = config::load<Cluster>("configs/clusters/h100-80gb-sxm.yaml").value;
  const Forecast out = forecast(toy_step(), h100, toy_gpu(), run);
  CHECK(out.interruption_mean / kHour == Approx(3.09).epsilon(0.01));
  CHECK(out.interruptions / out.days * 54 == Approx(419).epsilon(0.01));
  CHECK(out.goodput > 0.9);
  CHECK(out.goodput < 0.95);
}

TEST_CASE("Meta RSC: mean time to failure falls with the job", "[run]") {
  // Kokolis et al. 2024, arXiv:2410.21680: 6.5 failures per 1,000 node-days, 8 GPUs a node.
  Cluster cluster = toy_cluster();
  cluster.reliability.interruptions = 1.0 / (8 * 1000 * kDay / 6.5);
  RunInput run = toy_run();
  run.gpus = run.fleet_gpus = 16384;
  CHECK(forecast(toy_step(), cluster, toy_gpu(), run).interruption_mean / kHour ==
        Approx(1.8).epsilon(0.01));
  run.gpus = run.fleet_gpus = 131072;
  CHECK(forecast(toy_step(), cluster, toy_gpu(), run).interruption_mean / kHour ==
        Approx(0.23).epsilon(0.03));
}

TEST_CASE("days are steps over goodput, and a broken step counts whole", "[run]") {
  RunInput run = toy_run();
  run.tokens_per_step = 1000;
  const Cluster cluster = failing(1000 * kHour, Seconds{600}, Seconds{10});
  const Forecast out = forecast(toy_step(), cluster, toy_gpu(), run);
  CHECK(out.steps == 87);
  CHECK(out.days == Approx(87.0 / 86400 / out.goodput));
  CHECK(out.interruption_mean / kHour == Approx(100));
  CHECK(out.interruptions == Approx(out.days * 24 / 100));
}

TEST_CASE("the range of days is the validated spread where nothing fails", "[run]") {
  RunInput run = toy_run();
  run.ratio_p10 = 0.9;
  run.ratio_p90 = 1.2;
  const Forecast out = forecast(toy_step(), toy_cluster(), toy_gpu(), run);
  CHECK(out.p10_days == Approx(0.9));
  CHECK(out.p90_days == Approx(1.2));
}

TEST_CASE("failures widen the range, less so the longer the run", "[run]") {
  const Cluster cluster = failing(100 * kHour, Seconds{600}, Seconds{10});
  RunInput run = toy_run();
  const Forecast day = forecast(toy_step(), cluster, toy_gpu(), run);
  run.tokens *= 100;
  const Forecast season = forecast(toy_step(), cluster, toy_gpu(), run);
  CHECK(day.p10_days < day.days);
  CHECK(day.p90_days > day.days);
  CHECK(day.p10_days >= 1.0);
  // A hundred times the interruptions spread ten times as much: a tenth of the share.
  CHECK(season.p90_days / season.days - 1.0 ==
        Approx(0.1 * (day.p90_days / day.days - 1.0)).epsilon(0.001));
}

TEST_CASE("the luck of failures spreads runs as far as when played one by one", "[run]") {
  // 100 segments an interval long; 400 runs give the deviation to about 4 %.
  const Cluster cluster = failing(Seconds{100000}, Seconds{600}, Seconds{10});
  const Goodput best = best_goodput(Seconds{10000}, Seconds{10}, Seconds{600});
  const double interval = best.interval.base();
  RunInput run = toy_run();
  run.tokens = 100 * interval;
  const Forecast out = forecast(toy_step(), cluster, toy_gpu(), run);
  const Played played{10000, 10, 600, interval, 100};
  std::mt19937_64 random(7);
  double sum = 0, squares = 0;
  for (int i = 0; i < 400; ++i) {
    const double wall = wall_of(played, random);
    sum += wall;
    squares += wall * wall;
  }
  const double mean = sum / 400, deviation = std::sqrt(squares / 400 - mean * mean);
  CHECK((out.p90_days - out.days) * 86400 == Approx(1.2816 * deviation).epsilon(0.1));
}

TEST_CASE("energy is power times time, and is paid for", "[run]") {
  const Forecast out = forecast(toy_step(), toy_cluster(), toy_gpu(), toy_run());
  CHECK(out.power == Watts{10000});
  CHECK(out.energy == Joules{10000.0 * 86400});
  CHECK(out.electricity == Dollars{2 * 10000.0 * 86400});
  CHECK(out.carbon == Grams{3 * 10000.0 * 86400});
}

TEST_CASE("a GPU that waits half of the step draws half of the way to full power", "[run]") {
  Timeline step = toy_step();
  step.compute_busy = Seconds{0.5};
  CHECK(forecast(step, toy_cluster(), toy_gpu(), toy_run()).power == Watts{5500});
}

TEST_CASE("spares idle, and are paid for like all others", "[run]") {
  RunInput run = toy_run();
  run.fleet_gpus = 12;
  const Forecast out = forecast(toy_step(), toy_cluster(), toy_gpu(), run);
  CHECK(out.power == Watts{10200});
  CHECK(out.gpu_hours == 12 * 24);
  CHECK(out.cost == Dollars{12 * 86400 * 2.0});
  CHECK(out.cost_low == Dollars{12 * 86400 * 1.0});
  CHECK(out.cost_high == Dollars{12 * 86400 * 3.0});
  CHECK(out.capital == Dollars{12 * 20.0});
  CHECK(out.owned_cost == out.capital / 4 + out.electricity);
}

TEST_CASE("without tokens there is no run, but there is power", "[run]") {
  RunInput run = toy_run();
  run.tokens = 0;
  const Forecast out = forecast(toy_step(), toy_cluster(), toy_gpu(), run);
  CHECK(out.steps == 0);
  CHECK(out.days == 0);
  CHECK(out.p90_days == 0);
  CHECK(out.cost == Dollars{});
  CHECK(out.power == Watts{10000});
  CHECK(out.capital == Dollars{200});
}

TEST_CASE("extremes stay finite", "[run]") {
  RunInput run = toy_run();
  run.tokens = 1e18;
  for (const double gpus : {0.0, 1.0, 1e9})
    for (const double mtbf : {1e-6, 1.0, 1e6, 1e30}) {
      run.gpus = run.fleet_gpus = gpus;
      const Forecast out =
          forecast(toy_step(), failing(Seconds{mtbf}, Seconds{600}, Seconds{10}), toy_gpu(), run);
      for (const double value :
           {out.days, out.p10_days, out.p90_days, out.goodput, out.interruptions, out.gpu_hours,
            out.checkpoint_interval.base(), out.interruption_mean.base(), out.energy.base(),
            out.cost.base(), out.owned_cost.base(), out.carbon.base()}) {
        CHECK(std::isfinite(value));
        CHECK(value >= 0.0);
      }
      CHECK(out.p10_days <= out.p90_days);
    }
}

}  // namespace
}  // namespace fleetcast
