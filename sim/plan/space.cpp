#include "sim/plan/space.hpp"

#include <algorithm>

#include "sim/config/fixed_plan.hpp"

namespace fleetcast {
namespace {

constexpr int kLargestGroup = 64;

std::vector<int> powers_of_two(int most) {
  std::vector<int> out;
  for (int n = 1; n <= most; n *= 2) out.push_back(n);
  return out;
}

std::vector<int> up_to(std::vector<int> values, int most) {
  std::erase_if(values, [most](int v) { return v > most; });
  return values;
}

template <class T>
void fix(const std::optional<T>& given, std::vector<int>& candidates) {
  if (given) candidates = {static_cast<int>(*given)};
}

std::vector<int> stage_counts(const Transformer& model) {
  const int layers = static_cast<int>(model.layers);
  std::vector<int> out = divisors(layers);
  // Embedding and logits in place of one layer each.
  for (const int d : divisors(layers + 2)) out.push_back(d);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return up_to(std::move(out), layers);
}

void fix_from(const config::PlanSpec& plan, Space& out) {
  fix(plan.tp, out.tp);
  fix(plan.cp, out.cp);
  fix(plan.pp, out.pp);
  fix(plan.vp, out.vp);
  fix(plan.ep, out.ep);
  fix(plan.etp, out.etp);
  fix(plan.micro_batch, out.micro_batch);
  fix(plan.zero, out.zero);
  if (plan.recompute || !plan.recompute_modules.empty())
    out.recompute = {config::recompute_of(plan)};
  if (plan.schedule != nullptr) out.schedule = {plan.schedule};
  out.ep_overlap = plan.ep_overlap.value_or(out.ep_overlap);
  out.sequence_parallel = plan.sequence_parallel.value_or(true);
}

}  // namespace

std::vector<int> divisors(int n) {
  std::vector<int> out;
  for (int d = 1; d <= n; ++d)
    if (n % d == 0) out.push_back(d);
  return out;
}

Space space_of(const config::Scenario& scenario, const System& system) {
  const Transformer& model = scenario.model;
  Space out;
  const int domain = static_cast<int>(system.cluster.tiers.front().gpus);
  const int most = std::min(kLargestGroup, std::max(8, domain));
  out.tp = powers_of_two(std::min(most, static_cast<int>(model.heads)));
  out.cp = powers_of_two(16);
  out.pp = stage_counts(model);
  out.ep = model.is_moe() ? up_to(divisors(static_cast<int>(model.experts)), 2 * kLargestGroup)
                          : std::vector{1};
  out.etp = model.is_moe() ? out.tp : std::vector{1};
  out.micro_batch = {1, 2, 4};
  out.zero = {scenario.stack.distributed_optimizer ? 1 : 0};
  out.recompute = {{}, {false, kActivationModule | kLayerNorm, 0}, {true, kNoModule, 0}};
  out.schedule = {&kOneFOneB, &kInterleaved};
  out.ep_overlap = scenario.stack.ep_overlap;
  out.batch_tolerance = scenario.spec.training.batch_tolerance;
  out.seq_len = scenario.spec.training.seq_len;
  out.global_batch = scenario.spec.training.global_batch;
  fix_from(scenario.spec.plan, out);
  return out;
}

std::vector<int> chunks_for(const Space& space, const Transformer& model, int pp) {
  if (!space.vp.empty()) return space.vp;
  if (pp == 1) return {1};
  std::vector<int> out;
  const int layers = static_cast<int>(model.layers);
  for (int vp = 1; pp * vp <= layers; ++vp)
    if (layers % (pp * vp) == 0 || (layers + 2) % (pp * vp) == 0) out.push_back(vp);
  return out.empty() ? std::vector{1} : out;
}

}  // namespace fleetcast
