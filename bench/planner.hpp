#pragma once

// What is measured of the planner, over files of configs/: by the clock in *_bench.cpp, by counting
// instructions in count.cpp.

#include <string>
#include <vector>

#include "sim/config/scenario.hpp"
#include "sim/plan/fleet.hpp"
#include "sim/plan/search.hpp"
#include "sim/sweep/run.hpp"

namespace fleetcast::bench {

/// A scenario's own plan on its own fleet. Not to be copied: pricings point into it.
class Planner {
 public:
  explicit Planner(const std::string& name, const std::vector<std::string>& sets = {});
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;

  /// Check, memory, exchange and step time of the plan; layers are known from the time before.
  Seconds price_warm();
  /// The same with nothing priced before; only the order of the schedule's slots is known.
  Seconds price_cold();
  /// The same in a workspace of its own: memory to allocate, an order to compile.
  Seconds price_alone();
  /// Baseline: 6 N D over peak and an assumed MFU, as a spreadsheet has it.
  [[nodiscard]] Seconds price_by_spreadsheet() const;

  /// On one thread: with several, who looks at what differs from run to run, and so do counts.
  [[nodiscard]] SearchResult search_all() const;
  /// Baseline: every plan of the same space priced, none left out by a bound.
  long price_all();

  [[nodiscard]] FleetAnswer size() const;

  config::Scenario scenario;

 private:
  Seconds price(const Plan& plan, double global_batch, PlanWorkspace& workspace);

  const System& system_;
  Plan plan_;
  Pricing pricing_;
  PlanWorkspace workspace_;
};

/// Llama 3.1 405B on 16,384 H100, with the published plan.
inline constexpr const char* kOwnPlan = "llama3.1-405b-16k-h100";
/// GPT-MoE-1.8T in 90 days, on one system at one precision.
inline constexpr const char* kDeadline = "gpt-moe-1.8t-90-days";
std::vector<std::string> one_fleet();

/// Plans to price from nothing, a kind of model each.
struct NamedPlan {
  const char* model;
  const char* scenario;
  std::vector<std::string> sets;
};
/// Dense; mixture of experts, as `plan` finds it; latent attention and experts in fp8.
std::vector<NamedPlan> named_plans();

/// Blocks of the sweep of a million points, one after the other.
class Sweeper {
 public:
  static constexpr int kBlock = 256;
  Sweeper();
  /// Rows of the next block.
  long evaluate_block();

 private:
  sweep::Inputs inputs_;
  sweep::Bench bench_;
  sweep::PointId next_ = 0;
};

/// Files of a scenario, parsed but not read: scenario, model, cluster, chip, kernels.
long parse_files(const config::Scenario& scenario, const std::string& name);

}  // namespace fleetcast::bench
