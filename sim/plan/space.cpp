#include "sim/plan/space.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

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

/// What a plan fixes is the only candidate; else a list replaces ours.
template <class T>
void narrow(const std::optional<T>& fixed, const std::vector<T>& listed, std::vector<T>& out) {
  if (fixed)
    out = {*fixed};
  else if (!listed.empty())
    out = listed;
}

std::vector<int> micro_batches(double global_batch) {
  std::vector<int> out = up_to(divisors(static_cast<int>(global_batch)), kLargestGroup);
  for (const int n : powers_of_two(kLargestGroup)) out.push_back(n);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return up_to(std::move(out), static_cast<int>(global_batch));
}

/// Modules that this model has, each with those it holds: a set with both is the set without them.
struct ModuleChoice {
  std::uint16_t module, holds;
};

std::vector<ModuleChoice> modules_of(const Transformer& model) {
  std::vector<ModuleChoice> out{{kCoreAttention, kNoModule}, {kLayerNorm, kNoModule}};
  if (model.is_latent()) out.push_back({kMlaUpProjection, kNoModule});
  out.push_back({kActivationModule, kNoModule});
  if (model.dense_layers() > 0)
    out.push_back({kMlpModule, model.is_moe() ? kNoModule : kActivationModule});
  if (model.shared_experts > 0) out.push_back({kSharedExpert, kNoModule});
  if (model.is_moe()) out.push_back({kMoeModule, kSharedExpert | kActivationModule});
  return out;
}

/// Every set of modules (Megatron-Core's --recompute-modules), fewer bits first, and whole layers.
std::vector<Recompute> recompute_sets(const Transformer& model) {
  std::vector<Recompute> out;
  const std::vector<ModuleChoice> modules = modules_of(model);
  for (unsigned set = 0; set < 1U << modules.size(); ++set) {
    unsigned bits = 0, held = 0;
    for (std::size_t i = 0; i < modules.size(); ++i)
      if ((set >> i & 1U) != 0) bits |= modules[i].module, held |= modules[i].holds;
    if ((bits & held) != 0) continue;
    out.push_back({.full = false, .modules = static_cast<std::uint16_t>(bits)});
  }
  std::stable_sort(out.begin(), out.end(), [](const Recompute& a, const Recompute& b) {
    return std::popcount(a.modules) < std::popcount(b.modules);
  });
  out.push_back({.full = true});
  return out;
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

void narrow_from(const config::PlanSpec& plan, const config::SpaceSpec& listed, Space& out) {
  narrow(plan.tp, listed.tp, out.tp);
  narrow(plan.cp, listed.cp, out.cp);
  narrow(plan.pp, listed.pp, out.pp);
  narrow(plan.vp, listed.vp, out.vp);
  narrow(plan.ep, listed.ep, out.ep);
  narrow(plan.etp, listed.etp, out.etp);
  narrow(plan.micro_batch, listed.micro_batch, out.micro_batch);
  narrow(plan.zero, listed.zero, out.zero);
  narrow(plan.shard_group, listed.shard_group, out.shard_group);
  narrow(plan.sequence_parallel, listed.sequence_parallel, out.sequence_parallel);
  if (plan.recompute || !plan.recompute_modules.empty()) {
    out.recompute = {config::recompute_of(plan)};
    out.some_layers = false;
  }
  if (plan.schedule != nullptr)
    out.schedule = {plan.schedule};
  else if (!listed.schedule.empty())
    out.schedule = listed.schedule;
  out.ep_overlap = plan.ep_overlap.value_or(out.ep_overlap);
}

}  // namespace

std::vector<int> divisors(int n) {
  std::vector<int> out;
  for (int d = 1; d <= n; ++d)
    if (n % d == 0) out.push_back(d);
  return out;
}

std::vector<std::pair<std::string_view, std::vector<int>>> dimensions_of(const Space& space) {
  std::vector<std::pair<std::string_view, std::vector<int>>> out{
      {"tp", space.tp},    {"cp", space.cp},   {"pp", space.pp},
      {"ep", space.ep},    {"etp", space.etp}, {"micro_batch", space.micro_batch},
      {"zero", space.zero}};
  if (!space.vp.empty()) out.insert(out.begin() + 3, {"vp", space.vp});
  return out;
}

Space space_of(const config::Scenario& scenario, const System&) {
  const Transformer& model = scenario.model;
  Space out;
  out.seq_len = scenario.spec.training.seq_len;
  out.global_batch = scenario.spec.training.global_batch;
  out.batch_tolerance = scenario.spec.training.batch_tolerance;
  out.tp = powers_of_two(std::min(kLargestGroup, static_cast<int>(model.heads)));
  out.cp = powers_of_two(kLargestGroup);
  out.pp = stage_counts(model);
  out.ep = model.is_moe() ? up_to(divisors(static_cast<int>(model.experts)), 2 * kLargestGroup)
                          : std::vector{1};
  out.etp = model.is_moe() ? out.tp : std::vector{1};
  out.micro_batch = micro_batches(out.global_batch);
  out.zero = scenario.stack.distributed_optimizer ? std::vector{0, 1} : std::vector{0};
  out.sequence_parallel = {true, false};
  out.recompute = recompute_sets(model);
  out.some_layers = true;
  out.schedule = {&kOneFOneB, &kInterleaved};
  out.ep_overlap = scenario.stack.ep_overlap;
  out.idle = scenario.spec.space.idle;
  narrow_from(scenario.spec.plan, scenario.spec.space, out);
  return out;
}

std::vector<int> chunks_for(const Space& space, const Transformer& model, int pp) {
  if (pp == 1 && space.vp.size() != 1) return {1};
  const int layers = static_cast<int>(model.layers);
  if (space.vp.size() == 1) return space.vp;
  std::vector<int> out;
  if (!space.vp.empty()) {
    for (const int vp : space.vp)
      if (pp * vp <= layers) out.push_back(vp);
    return out;
  }
  for (int vp = 1; pp * vp <= layers; ++vp)
    if (layers % (pp * vp) == 0 || (layers + 2) % (pp * vp) == 0) out.push_back(vp);
  return out.empty() ? std::vector{1} : out;
}

std::vector<int> shard_groups_for(const Space& space, const Plan& plan) {
  const int ranks = plan.dp * plan.cp;
  std::vector<int> listed = space.shard_group;
  if (plan.zero < 1 || (plan.zero < 3 && listed.empty())) return {0};
  if (listed.size() == 1) return listed;
  std::erase_if(listed, [&](int g) { return g >= ranks || (g > 0 && ranks % g != 0); });
  if (!space.shard_group.empty()) return listed.empty() ? std::vector{0} : listed;
  std::vector<int> out = divisors(ranks);
  out.back() = 0;  // all ranks
  if (out.size() > 1) out.erase(out.begin());
  return out;
}

std::vector<Recompute> recompute_for(const Space& space, const Transformer& model,
                                     const Plan& plan) {
  std::vector<Recompute> out = space.recompute;
  if (!space.some_layers) return out;
  out.pop_back();  // whole layers, last
  const int chunks = plan.pp * plan.vp;
  const int layers = (static_cast<int>(model.layers) + chunks - 1) / chunks;
  for (int n = 1; n < layers; ++n)
    out.push_back({.full = true, .modules = kNoModule, .full_layers = double(n)});
  out.push_back(space.recompute.back());
  return out;
}

double batch_of(const Space& space, const Plan& plan) {
  return config::batch_near(space.global_batch, double(plan.dp) * plan.micro_batch,
                            space.batch_tolerance);
}

bool divide(const Space& space, int dp, Plan& plan) {
  plan.dp = dp;
  const double unit = double(dp) * plan.micro_batch;
  const double batch = batch_of(space, plan);
  plan.micro_batches = std::max(1, static_cast<int>(batch / unit));
  return plan.tp * plan.cp * dp % (plan.ep * plan.etp) == 0 && std::fmod(batch, unit) == 0.0;
}

bool spread(const Space& space, int gpus, Plan& plan) {
  const int shape = plan.tp * plan.cp * plan.pp;
  const int most = gpus / shape;
  const int least = static_cast<int>(std::ceil(gpus * (1.0 - space.idle) / shape));
  if (most < 1 || most < least) return false;
  for (int dp = most; dp >= least; --dp)
    if (divide(space, dp, plan)) return true;
  divide(space, most, plan);  // it is refused, with what does not divide
  return true;
}

}  // namespace fleetcast
