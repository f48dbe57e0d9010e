#include "sim/plan/fleet.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/parallel.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast {
namespace {

/// A layer shape, and the least GPUs with which it can train `kTokenBase` tokens by the deadline:
/// without bubbles, exchange of states, stragglers or failures.
struct LayerShape {
  Plan plan;
  double least_gpus = 0;
};
constexpr double kTokenBase = 1e12;

struct Pipeline {
  int pp = 1, vp = 1;
  const Schedule* schedule = nullptr;
};

constexpr int kUnknown = -1, kNever = 0;  // least data-parallel degree

class FleetSizer {
 public:
  FleetSizer(const config::Scenario& scenario, std::size_t system, const Precision& precision)
      : scenario_(scenario),
        system_(scenario.systems[system].system),
        pricing_(pricing_of(scenario, system_, precision, scenario.spec.training.global_batch)),
        space_(space_of(scenario, system_)) {
    out_.system = system;
    out_.precision = &precision;
  }

  Fleet run() {
    if (!runs(system_, *out_.precision)) {
      out_.why_not = "no " + std::string(out_.precision->key) + " on this GPU";
      return out_;
    }
    collect();
    size_all(scenario_.spec.training.tokens);
    finish();
    return out_;
  }

  /// Other amounts of training, with everything priced so far kept.
  double gpus_for(double tokens) {
    size_all(tokens);
    return found_ ? fleet_for(system_, best_.gpus()) : 0.0;
  }

 private:
  /// Weights and gradients alone, spread over as many stages as there may be.
  [[nodiscard]] bool can_hold(const Plan& plan, int stages) const {
    const Split split = split_of(pricing_.job, plan, *pricing_.precision, *pricing_.stack);
    const Transformer& m = scenario_.model;
    const RankParameters dense = rank_parameters(LayerKind::kDense, m, pricing_.parameters, split);
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
    for_each_pipeline(space_, scenario_.model, {}, [&](const Plan& p) {
      pipelines_.push_back({p.pp, p.vp, p.schedule});
    });
    least_dp_.assign(shapes_.size() * pipelines_.size(), kUnknown);
  }

  /// GPU time of all layers, over the deadline; stragglers and failures of that many GPUs added, as
  /// more GPUs have more of both.
  double least_gpus(const Plan& plan) {
    lower_layers(plan);
    const Seconds work =
        micro_batch_work(workspace_.step, workspace_.engine) * (double(plan.tp) * plan.cp);
    return work / (space_.seq_len * plan.micro_batch) * kTokenBase / scenario_.spec.deadline;
  }

  [[nodiscard]] double with_losses(double gpus) const {
    return gpus * straggler_of(system_, pricing_.calibration, gpus) / goodput_of(gpus);
  }

  [[nodiscard]] double goodput_of(double gpus) const {
    const ReliabilitySpec& r = system_.cluster.reliability;
    return best_goodput(1.0 / (r.interruptions * gpus), r.checkpoint, r.restart).share;
  }

  /// Only what layers cost: one stage that holds them all.
  void lower_layers(const Plan& plan) {
    Step& step = workspace_.step;
    step.plan = plan;
    step.layout = &workspace_.programs.find_or_cut(pricing_, plan);
    for (std::size_t k = 0; k < kLayerKindCount; ++k)
      step.programs[k] = !step.layout->uses[k] ? nullptr
                                               : &workspace_.programs.find_or_lower(
                                                     static_cast<LayerKind>(k), pricing_, plan);
  }

  void size_all(double tokens) {
    tokens_ = tokens;
    found_ = false;
    // The plan that was best before is nearly so again: a good answer early prunes the rest.
    if (best_shape_ < shapes_.size()) size_one(best_shape_, best_pipeline_);
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      if (found_ && least_of(i) >= best_.gpus()) {
        out_.pruned += static_cast<long>(shapes_.size() - i);
        return;
      }
      for (std::size_t j = 0; j < pipelines_.size(); ++j) size_one(i, j);
    }
  }

  [[nodiscard]] double least_of(std::size_t shape) const {
    return with_losses(shapes_[shape].least_gpus * tokens_ / kTokenBase);
  }

  void size_one(std::size_t shape, std::size_t pipeline) {
    int& least_dp = least_dp_[shape * pipelines_.size() + pipeline];
    if (!size(shapes_[shape].plan, pipelines_[pipeline], least_of(shape), least_dp)) return;
    best_shape_ = shape;
    best_pipeline_ = pipeline;
  }

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

  bool fits(const Plan& plan, MemoryUse& memory) {
    pricing_.job.global_batch = plan.global_batch();
    return check_plan(pricing_, plan, workspace_, memory).fits();
  }

  /// Wall time of the run when a step of this plan takes `step`.
  [[nodiscard]] Seconds run_time(const Plan& plan, Seconds step) const {
    const double steps = std::ceil(tokens_ / (plan.global_batch() * space_.seq_len));
    return step * steps / goodput_of(plan.gpus());
  }

  /// Least dp that meets the deadline, when that is a smaller fleet than the best so far. Halving
  /// the step time takes at least twice the replicas, so each miss says how far to go at least.
  bool size(Plan plan, const Pipeline& pipeline, double least, int& least_dp) {
    plan.pp = pipeline.pp, plan.vp = pipeline.vp, plan.schedule = pipeline.schedule;
    const int shape = plan.tp * plan.cp * plan.pp;
    int dp = std::max(1, static_cast<int>(std::ceil(least / shape)));
    if (found_ && shape * dp >= best_.gpus()) return false;
    const double slack = 1.0 - space_.batch_tolerance;
    // Interleaved stages need as many micro-batches as there are stages.
    const int fewest = plan.schedule->chunked ? plan.pp : 1;
    const int most =
        static_cast<int>(space_.global_batch * (2.0 - slack)) / (plan.micro_batch * fewest);
    if (least_dp == kUnknown) least_dp = least_dp_of(plan, most, fewest);
    if (least_dp == kNever) return false;
    dp = std::max(dp, least_dp);
    MemoryUse memory;
    while (dp <= most && (!found_ || shape * dp < best_.gpus())) {
      if (!spread(plan, dp) || !fits(plan, memory)) {
        ++dp;
        continue;
      }
      Step& step = workspace_.step;
      Seconds time = run_time(plan, step_time_bound(step, workspace_.engine));
      if (time <= scenario_.spec.deadline) {
        ++out_.priced;
        lower_exchange(pricing_, step);
        time = run_time(plan, step_time(step, workspace_.engine));
      }
      if (time <= scenario_.spec.deadline) {
        best_ = plan;
        found_ = true;
        return true;
      }
      dp = std::max(dp + 1, static_cast<int>(dp * (time / scenario_.spec.deadline) * slack));
    }
    return false;
  }

  /// Replicas it takes for the optimizer, sharded over them, to leave room for the rest. Asked of
  /// as many replicas and as few micro-batches as there may be: no others leave more room.
  int least_dp_of(Plan plan, int most, int fewest) {
    const int ranks = plan.ep * plan.etp;
    while (most > 1 && plan.tp * plan.cp * most % ranks != 0) --most;
    plan.dp = most;
    plan.micro_batches = fewest;
    pricing_.job.global_batch = 0;
    MemoryUse memory;
    if (most < 1 || !check_plan(pricing_, plan, workspace_, memory).fits()) {
      ++out_.refused;
      return kNever;
    }
    const Bytes optimizer = memory.optimizer * (1.0 + pricing_.stack->allocator_share);
    const Bytes room = system_.gpu.memory_usable - (memory.total() - optimizer);
    return std::max(1, static_cast<int>(optimizer / room * most));
  }

  void finish() {
    out_.feasible = found_;
    if (!found_) {
      out_.why_not = shapes_.empty() ? "no plan fits in memory" : "no plan meets the deadline";
      return;
    }
    const double order = system_.cluster.order_gpus;
    pricing_.job.global_batch = best_.global_batch();
    const RunInput run = run_of(scenario_, system_, best_);
    out_.estimate = estimate(pricing_, best_, run, workspace_);
    out_.gpus = out_.estimate.fleet_gpus;
    out_.p10_gpus = std::ceil(best_.gpus() * run.ratio_p10 / order) * order;
    out_.p90_gpus = std::ceil(best_.gpus() * run.ratio_p90 / order) * order;
  }

  const config::Scenario& scenario_;
  const System& system_;
  Pricing pricing_;
  Space space_;
  PlanWorkspace workspace_;
  Fleet out_;
  std::vector<LayerShape> shapes_;  ///< by least_gpus
  std::vector<Pipeline> pipelines_;
  std::vector<int> least_dp_;  ///< [shape * pipelines + pipeline], by memory
  Plan best_;
  std::size_t best_shape_ = static_cast<std::size_t>(-1), best_pipeline_ = 0;
  bool found_ = false;
  double tokens_ = 0;
};

/// Fewer and more tokens than asked for, as shares of them.
constexpr std::array<double, 3> kTokenShares{0.5, 0.75, 1.5};

}  // namespace

FleetAnswer size_fleets(const config::Scenario& scenario, const FleetOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  FleetAnswer answer;
  const std::size_t recipes = scenario.spec.precisions.size();
  answer.fleets.resize(scenario.systems.size() * recipes);
  answer.tokens.resize(options.token_curve ? kTokenShares.size() : 0);
  for (std::size_t t = 0; t < answer.tokens.size(); ++t)
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
  const unsigned threads = threads_or_all(options.threads);
  std::vector<std::jthread> pool;
  for (unsigned t = 1; t < threads; ++t) pool.emplace_back(work);
  work();
  pool.clear();
  answer.elapsed =
      Seconds{std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
  return answer;
}

}  // namespace fleetcast
