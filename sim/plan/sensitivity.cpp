#include "sim/plan/sensitivity.hpp"

#include <array>
#include <utility>

#include "sim/plan/pricing.hpp"

namespace fleetcast {
namespace {

System& system_of(config::Scenario& scenario) { return scenario.systems.front().system; }

void scale_peaks(config::Scenario& scenario, double factor) {
  Peaks& peak = system_of(scenario).gpu.peak;
  for (FlopsPerSecond* rate : {&peak.bf16, &peak.fp16, &peak.fp8, &peak.fp4}) *rate *= factor;
}

void scale_hbm(config::Scenario& scenario, double factor) {
  system_of(scenario).gpu.hbm_bandwidth *= factor;
}

void scale_memory(config::Scenario& scenario, double factor) {
  system_of(scenario).gpu.memory_usable *= factor;
}

void scale_scale_up(config::Scenario& scenario, double factor) {
  system_of(scenario).cluster.tiers.front().bandwidth *= factor;
}

void scale_scale_out(config::Scenario& scenario, double factor) {
  std::vector<Tier>& tiers = system_of(scenario).cluster.tiers;
  for (std::size_t t = 1; t < tiers.size(); ++t) tiers[t].bandwidth *= factor;
}

void scale_latency(config::Scenario& scenario, double factor) {
  for (Fabric& fabric : system_of(scenario).fabrics)
    for (CollectiveCurve* curve : {&fabric.all_gather, &fabric.reduce_scatter, &fabric.all_reduce,
                                   &fabric.all_to_all, &fabric.send_recv})
      for (Seconds* time : {&curve->latency, &curve->latency_per_hop, &curve->eager_latency,
                            &curve->eager_latency_per_hop})
        *time *= factor;
}

void scale_host(config::Scenario& scenario, double factor) {
  system_of(scenario).cluster.host_time *= factor;
}

void scale_interruptions(config::Scenario& scenario, double factor) {
  ReliabilitySpec& reliability = system_of(scenario).cluster.reliability;
  for (Component& component : reliability.components) component.rate *= factor;
  if (reliability.interruptions) *reliability.interruptions *= factor;
}

void scale_restart(config::Scenario& scenario, double factor) {
  system_of(scenario).cluster.reliability.restart *= factor;
}

void scale_checkpoint(config::Scenario& scenario, double factor) {
  system_of(scenario).cluster.reliability.checkpoint *= factor;
}

void scale_tokens(config::Scenario& scenario, double factor) {
  scenario.spec.training.tokens *= factor;
}

constexpr std::array<Parameter, 11> kParameters{{
    {"gpu.peak", "tensor peaks", scale_peaks},
    {"gpu.hbm_bandwidth", "HBM bandwidth", scale_hbm},
    {"gpu.memory_usable", "HBM capacity", scale_memory},
    {"cluster.tiers.0.bandwidth", "scale-up bandwidth", scale_scale_up},
    {"cluster.tiers.1.bandwidth", "scale-out bandwidth", scale_scale_out},
    {"fabrics.latency", "network latency", scale_latency},
    {"cluster.host_time", "host time of a launch", scale_host},
    {"cluster.reliability.interruptions", "interruptions", scale_interruptions},
    {"cluster.reliability.restart", "restart", scale_restart},
    {"cluster.reliability.checkpoint", "checkpoint", scale_checkpoint},
    {"training.tokens", "tokens", scale_tokens},
}};

Estimate estimate_of(const config::Scenario& scenario, const Plan& plan, PlanWorkspace& workspace) {
  const System& system = scenario.systems.front().system;
  const Pricing pricing =
      pricing_of(scenario, system, *scenario.spec.precisions.front(), plan.global_batch());
  workspace.clear();
  return estimate(pricing, plan, run_of(scenario, system, plan), workspace);
}

std::vector<KernelRoof> kernels_of(const config::Scenario& scenario, const Plan& plan) {
  return roofline(pricing_of(scenario, scenario.systems.front().system,
                             *scenario.spec.precisions.front(), plan.global_batch()),
                  plan);
}

Seconds time_of(const Estimate& e, bool of_run) {
  return of_run ? e.run.days * kDay : e.timeline.step_time;
}

Reply reply_of(config::Scenario scenario, const Parameter& parameter, double factor,
               const Plan& plan, PlanWorkspace& workspace) {
  parameter.scale(scenario, factor);
  System& system = system_of(scenario);
  system = make_system(std::move(system.cluster), std::move(system.gpu), std::move(system.curves),
                       std::move(system.fabrics));
  const Estimate e = estimate_of(scenario, plan, workspace);
  return {e.misfit, time_of(e, scenario.spec.training.tokens > 0)};
}

}  // namespace

std::span<const Parameter> parameters() { return kParameters; }

Sensitivities sensitivities(const config::Scenario& scenario, double change) {
  return sensitivities(scenario, chosen_plan(scenario), change);
}

Sensitivities sensitivities(const config::Scenario& scenario, const ChosenPlan& chosen,
                            double change) {
  Sensitivities out{chosen, {}, change, scenario.spec.training.tokens > 0, {}, {}, {}};
  if (!out.chosen.why_none.empty()) return out;
  PlanWorkspace workspace;
  const auto reply = [&](const Parameter& parameter, double factor) {
    return reply_of(scenario, parameter, factor, out.chosen.plan, workspace);
  };
  out.estimate = estimate_of(scenario, out.chosen.plan, workspace);
  out.time = time_of(out.estimate, out.of_run);
  if (!out.estimate.misfit.fits()) return out;
  out.kernels = kernels_of(scenario, out.chosen.plan);
  for (const Parameter& parameter : parameters())
    out.rows.push_back({&parameter, reply(parameter, 1 - change), reply(parameter, 1 + change)});
  return out;
}

}  // namespace fleetcast
