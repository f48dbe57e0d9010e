#include "sim/plan/fleet.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/run/interval.hpp"

namespace fleetcast {
namespace {

/// A layer shape, and the least GPUs with which it can meet the deadline: without bubbles, exchange
/// of states or failures.
struct LayerShape {
  Plan plan;
  double least_gpus = 0;
};

class FleetSizer {
 public:
  FleetSizer(const config::Scenario& scenario, std::size_t system, const Precision& precision)
      : scenario_(scenario), system_(scenario.systems[system].system),
        pricing_(pricing_of(scenario, system_, precision, scenario.spec.training.global_batch)),
        space_(space_of(scenario, system_)) {
    out_.system = system;
    out_.precision = &precision;
  }

  Fleet run() {
    if (!system_.chip.runs(out_.precision->gemm)) {
      out_.why_not = "no " + std::string(out_.precision->key) + " on this GPU";
      return out_;
    }
    collect();
    for (const LayerShape& shape : shapes_) {
      if (found_ && shape.least_gpus > best_.gpus()) {
        ++out_.pruned;
        continue;
      }
      for_each_pipeline(space_, scenario_.model, shape.plan,
                        [&](const Plan& plan) { size(plan, shape.least_gpus); });
    }
    finish();
    return out_;
  }

  /// Other amounts of training, with everything priced so far kept.
  double gpus_for(double tokens) {
    tokens_ = tokens;
    found_ = false;
    std::vector<LayerShape> scaled = shapes_;
    const double factor = tokens / scenario_.spec.training.tokens;
    for (const LayerShape& shape : scaled) {
      if (found_ && shape.least_gpus * factor > best_.gpus()) continue;
      for_each_pipeline(space_, scenario_.model, shape.plan,
                        [&](const Plan& plan) { size(plan, shape.least_gpus * factor); });
    }
    return found_ ? fleet_for(system_, best_.gpus()) : 0.0;
  }

 private:
  // ---- bounds --------------------------------------------------------------------------------

  /// Weights and gradients alone, spread over as many stages as there may be.
  [[nodiscard]] bool can_hold(const Plan& plan, int stages) const {
    const Split split = split_of(pricing_.job, plan, *pricing_.precision, *pricing_.stack);
    const Transformer& m = scenario_.model;
    const RankParameters dense =
        rank_parameters(LayerKind::kDense, m, pricing_.parameters, split);
    const RankParameters moe = rank_parameters(LayerKind::kMoe, m, pricing_.parameters, split);
    const double count = m.dense_layers() * dense.dense + m.moe_layers() * (moe.dense + moe.expert);
    const double bytes = weight_bytes(pricing_) + pricing_.stack->grad_bytes;
    const bool sharded = plan.zero >= 2;
    return sharded || Bytes{count * bytes / stages} <= system_.gpu.memory_usable;
  }

  void collect() {
    const int stages = *std::max_element(space_.pp.begin(), space_.pp.end());
    for_each_layer_shape(space_, [&](Plan plan) {
      ++out_.shapes;
      plan.dp = plan.ep * plan.etp;  // any degree that the experts divide
      plan.schedule = space_.schedule.front();
      Job job = pricing_.job;
      job.global_batch = 0;
      if (!misfit_of(job, plan).fits() || !can_hold(plan, stages)) {
        ++out_.refused;
        return;
      }
      shapes_.push_back({plan, least_gpus(plan)});
    });
    std::stable_sort(shapes_.begin(), shapes_.end(), [](const LayerShape& a, const LayerShape& b) {
      return a.least_gpus < b.least_gpus;
    });
  }

  double least_gpus(const Plan& plan) {
    lower_layers(plan);
    const Seconds work = micro_batch_work(workspace_.step, workspace_.engine) *
                         (double(plan.tp) * plan.cp);
    const double micro_batches =
        scenario_.spec.training.tokens / (space_.seq_len * plan.micro_batch);
    return work * micro_batches / scenario_.spec.deadline;
  }

  /// Only what layers cost: one stage that holds them all.
  void lower_layers(const Plan& plan) {
    Step& step = workspace_.step;
    step.plan = plan;
    step.chunks.resize(1);
    cut_layers(scenario_.model, step.chunks);
    for (int k = 0; k < kLayerKindCount; ++k)
      step.programs[static_cast<std::size_t>(k)] =
          step.chunks.front().count[static_cast<std::size_t>(k)] == 0
              ? nullptr
              : &workspace_.programs.find_or_lower(static_cast<LayerKind>(k), pricing_, plan);
  }

  // ---- sizing --------------------------------------------------------------------------------

  /// Sets dp and the micro-batches that go with it; false when the batch cannot be divided so.
  bool spread(Plan& plan, int dp) const {
    plan.dp = dp;
    const int ranks = plan.tp * plan.cp * dp;
    if (ranks % (plan.ep * plan.etp) != 0) return false;
    const double unit = double(dp) * plan.micro_batch;
    const double batch = config::batch_near(space_.global_batch, unit, space_.batch_tolerance);
    if (std::fmod(batch, unit) != 0.0) return false;
    plan.micro_batches = static_cast<int>(batch / unit);
    return plan.micro_batches >= 1;
  }

  bool fits(const Plan& plan) {
    MemoryUse memory;
    pricing_.job.global_batch = plan.global_batch();
    const bool ok = check_plan(pricing_, plan, workspace_, memory).fits();
    out_.refused += ok ? 0 : 1;
    return ok;
  }

  /// Wall time of the run with the plan that was just lowered.
  Seconds run_time(const Plan& plan) {
    ++out_.priced;
    const Seconds step = step_time(workspace_.step, workspace_.engine);
    const ReliabilitySpec& r = system_.cluster.reliability;
    const double failures = r.interruptions.base() * plan.gpus();
    const Goodput goodput = best_goodput(Seconds{1.0 / failures}, r.checkpoint, r.restart);
    const double steps = std::ceil(tokens_ / (plan.global_batch() * space_.seq_len));
    return step * steps / goodput.share;
  }

  /// Least dp that meets the deadline, when that is a smaller fleet than the best so far. Halving the
  /// step time takes at least twice the replicas, so each miss says how far to go at least.
  void size(Plan plan, double least) {
    const int shape = plan.tp * plan.cp * plan.pp;
    const double slack = 1.0 - space_.batch_tolerance;
    const int most = static_cast<int>(space_.global_batch * (2.0 - slack)) / plan.micro_batch;
    int dp = std::max(1, static_cast<int>(std::ceil(least / shape)));
    bool known_to_fit = false;  // with enough replicas to shard the optimizer over
    while (dp <= most && (!found_ || shape * dp < best_.gpus())) {
      if (!spread(plan, dp)) {
        ++dp;
        continue;
      }
      if (!fits(plan)) {
        if (!known_to_fit && !fits_at_most(plan, most)) return;
        known_to_fit = true;
        dp += std::max(1, dp / 16);
        continue;
      }
      const Seconds time = run_time(plan);
      if (time <= scenario_.spec.deadline) {
        best_ = plan;
        found_ = true;
        return;
      }
      dp = std::max(dp + 1, static_cast<int>(dp * (time / scenario_.spec.deadline) * slack));
    }
  }

  bool fits_at_most(Plan plan, int most) {
    const int ranks = plan.ep * plan.etp;
    while (most > 1 && (plan.tp * plan.cp * most % ranks != 0 || !spread(plan, most))) --most;
    return spread(plan, most) && fits(plan);
  }

  void finish() {
    out_.feasible = found_;
    if (!found_) {
      out_.why_not = shapes_.empty() ? "no plan fits in memory" : "no plan meets the deadline";
      return;
    }
    const double order = system_.cluster.order_gpus;
    pricing_.job.global_batch = best_.global_batch();
    out_.estimate =
        estimate(pricing_, best_, run_of(scenario_, system_, best_), workspace_);
    out_.gpus = out_.estimate.fleet_gpus;
    out_.p10_gpus = std::ceil(best_.gpus() * kStepTimeInterval.p10 / order) * order;
    out_.p90_gpus = std::ceil(best_.gpus() * kStepTimeInterval.p90 / order) * order;
  }

  const config::Scenario& scenario_;
  const System& system_;
  Pricing pricing_;
  Space space_;
  PlanWorkspace workspace_;
  Fleet out_;
  std::vector<LayerShape> shapes_;
  Plan best_;
  bool found_ = false;
  double tokens_ = scenario_.spec.training.tokens;
};

/// Fewer and more tokens than asked for, as shares of them.
constexpr std::array<double, 4> kTokenShares{0.5, 0.75, 1.5, 2.0};

}  // namespace

FleetAnswer size_fleets(const config::Scenario& scenario) {
  const auto begin = std::chrono::steady_clock::now();
  FleetAnswer answer;
  const std::size_t recipes = scenario.spec.precisions.size();
  answer.fleets.resize(scenario.systems.size() * recipes);
  answer.tokens.resize(kTokenShares.size());
  for (std::size_t t = 0; t < kTokenShares.size(); ++t)
    answer.tokens[t] = {scenario.spec.training.tokens * kTokenShares[t],
                        std::vector<double>(answer.fleets.size())};
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < answer.fleets.size(); i = next++) {
      FleetSizer sizer(scenario, i / recipes, *scenario.spec.precisions[i % recipes]);
      answer.fleets[i] = sizer.run();
      if (!answer.fleets[i].feasible) continue;
      for (TokenPoint& point : answer.tokens) point.gpus[i] = sizer.gpus_for(point.tokens);
    }
  };
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> pool;
  for (unsigned t = 1; t < threads; ++t) pool.emplace_back(work);
  work();
  pool.clear();
  answer.elapsed =
      Seconds{std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
  return answer;
}

}  // namespace fleetcast
