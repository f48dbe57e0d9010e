#include "bench/planner.hpp"

#include <algorithm>

#include "sim/config/fixed_plan.hpp"
#include "sim/config/tree.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast::bench {

Planner::Planner(const std::string& name, const std::vector<std::string>& sets)
    : scenario(config::load_scenario(config::scenario_path(name), sets)),
      system_(scenario.systems.front().system),
      plan_(config::fixed_plan(scenario).plan),
      pricing_(pricing_of(scenario, system_, *scenario.spec.precisions.front(),
                          scenario.spec.training.global_batch)) {}

Seconds Planner::price(const Plan& plan, double global_batch, PlanWorkspace& workspace) {
  pricing_.job.global_batch = global_batch;
  MemoryUse memory;
  if (!check_plan(pricing_, plan, workspace, memory).fits()) return {};
  lower_exchange(pricing_, workspace.step);
  return step_time(workspace.step, workspace.engine);
}

Seconds Planner::price_warm() { return price(plan_, plan_.global_batch(), workspace_); }

Seconds Planner::price_cold() {
  workspace_.clear();
  return price_warm();
}

Seconds Planner::price_alone() {
  PlanWorkspace workspace;
  return price(plan_, plan_.global_batch(), workspace);
}

Seconds Planner::price_by_spreadsheet() const {
  constexpr double kAssumedMfu = 0.4;
  const double tokens = scenario.spec.training.global_batch * scenario.spec.training.seq_len;
  return Flops{6.0 * pricing_.parameters.active * tokens} /
         (scenario.spec.gpus * kAssumedMfu * system_.gpu.peak.bf16);
}

SearchResult Planner::search_all() const {
  return search(scenario, system_, scenario.spec.precisions, {.threads = 1});
}

long Planner::price_all() {
  config::Scenario open = scenario;
  open.spec.plan = {};
  const Space space = space_of(open, system_);
  PlanWorkspace workspace;
  long priced = 0;
  for_each_plan(space, scenario.model, static_cast<int>(scenario.spec.gpus), [&](const Plan& plan) {
    priced += price(plan, batch_of(space, plan), workspace) > Seconds{} ? 1 : 0;
  });
  return priced;
}

FleetAnswer Planner::size() const { return size_fleets(scenario); }

std::vector<std::string> one_fleet() { return {"systems=[h100-80gb-sxm]", "precisions=[bf16]"}; }

std::vector<NamedPlan> named_plans() {
  std::vector<std::string> moe = one_fleet();
  for (const char* set :
       {"gpus=8256", "training.global_batch=7181", "plan.tp=4", "plan.cp=4", "plan.pp=12",
        "plan.vp=10", "plan.ep=16", "plan.zero=1", "plan.schedule=interleaved",
        "plan.recompute=selective", "plan.recompute_modules=[layernorm, moe_act]"})
    moe.emplace_back(set);
  return {
      {"dense", kOwnPlan, {}}, {"moe", kDeadline, moe}, {"latent", "deepseek-v3-2048-h800", {}}};
}

Sweeper::Sweeper()
    : inputs_(sweep::prepare(config::path_of("sweeps", {"million", {}}))), bench_(inputs_) {}

long Sweeper::evaluate_block() {
  const sweep::Goal& goal = *sweep::find_goal(inputs_.file.spec.objective);
  const std::atomic<int> never{0};
  sweep::Points points;
  for (int i = 0; i < kBlock; ++i) points.push_back(next_++ % inputs_.grid.size());
  return static_cast<long>(sweep::evaluate(inputs_, goal, points, bench_, never).size());
}

long parse_files(const config::Scenario& scenario, const std::string& name) {
  const System& system = scenario.systems.front().system;
  long lines = 0;
  for (const std::string& path :
       {config::scenario_path(name), config::path_of("llms", {scenario.spec.model, {}}),
        config::path_of("clusters", {scenario.spec.systems.front(), {}}),
        config::path_of("gpus", {system.cluster.gpu, {}}),
        config::path_of("kernels", {system.gpu.kernels, {}})})
    lines += static_cast<long>(config::parse_file(path).root().entries.size());
  return lines;
}

}  // namespace fleetcast::bench
