#include <algorithm>
#include <utility>

#include "sim/plan/shape_book.hpp"
#include "sim/step/layer_memory.hpp"

// What a book learns of its shapes: prices, and what memory leaves.

namespace fleetcast {
namespace {

/// Of two floors, one for each time: the higher where both hold, the lower where one of them does.
template <class Pick>
LayerFloors each_of(const LayerFloors& a, const LayerFloors& b, Pick&& pick) {
  LayerFloors out;
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    out.through[k] = pick(a.through[k], b.through[k]);
    out.whole[k] = pick(a.whole[k], b.whole[k]);
  }
  return out;
}

Seconds greater(Seconds a, Seconds b) { return std::max(a, b); }
Seconds lesser(Seconds a, Seconds b) { return std::min(a, b); }

}  // namespace

/// Embedding and logits are the same whatever the experts' layout and whatever is recomputed:
/// priced once for all shapes that share them.
LayerFloors ShapeBook::price_layers(const Plan& plan, const Pricing& pricing) {
  std::map<EndsKey, LayerFloors>& known = ends_[pricing.exchanges_free ? 0 : 1];
  const auto [ends, is_new] =
      known.try_emplace({plan.tp, plan.cp, plan.micro_batch, plan.sequence_parallel ? 1 : 0});
  workspace_.clear_layers();
  Step& step = workspace_.step;
  place_layers(pricing, plan, workspace_.programs, step);
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (step.layout->uses[k] && (is_new || is_transformer_layer(static_cast<LayerKind>(k))))
      step.programs[k] =
          &workspace_.programs.find_or_lower(static_cast<LayerKind>(k), pricing, plan);
  LayerFloors out = layer_floors(step, may_defer_logits(pricing), workspace_.engine);
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    if (is_transformer_layer(static_cast<LayerKind>(k))) continue;
    LayerFloors& end = ends->second;
    if (is_new) end.through[k] = out.through[k], end.whole[k] = out.whole[k];
    out.through[k] = end.through[k], out.whole[k] = end.whole[k];
  }
  return out;
}

const LayerFloors* ShapeBook::known_floors_of(std::size_t pairing) const {
  const MemoryFacts& memory = memories_[memory_];
  const int known = memory.known[pairing];
  if (known >= 0) return &memory.fits[static_cast<std::size_t>(known)].floors.best;
  const Pairing& p = pairings_[pairing];
  if (known == kNeverFits || p.least > memory.usable) return nullptr;
  return &shapes_[p.shape].floors.best;
}

bool ShapeBook::learn(std::size_t pairing) {
  const Pairing& p = pairings_[pairing];
  MemoryFacts& memory = memories_[memory_];
  int& known = memory.known[pairing];
  if (learn_exchange(p.shape)) return true;
  if (known != kNotAsked)
    return known != kNeverFits && price_exchange(p.shape, memory.fits[std::size_t(known)]);
  known = ask_memory(p);
  return true;
}

// Asked of as many replicas and as few micro-batches as there may be: no others leave more room.
int ShapeBook::ask_memory(const Pairing& pairing) {
  Plan plan = plan_of(pairing);
  plan.micro_batches = plan.schedule->chunked ? plan.pp : 1;
  plan.dp = most_replicas(plan, plan.micro_batches);
  if (plan.dp < 1) return kNeverFits;
  enter(pairing.shape);
  Fit fit;
  const auto choose = [&](const Plan& candidate) {
    const PolicyFloors& policy = policy_of(pairing.shape, candidate, kernels_);
    const auto place = static_cast<std::size_t>(&policy - policies_[pairing.shape].data());
    if (std::find(fit.policies.begin(), fit.policies.end(), place) == fit.policies.end())
      fit.policies.push_back(place);
  };
  fitting_.for_each(space_, pricing_, plan, workspace_, choose, [](Bytes, long) {});
  if (fit.policies.empty()) return kNeverFits;
  std::vector<Fit>& fits = memories_[memory_].fits;
  fit.floors.kernels = fit.floors.best = least_of(pairing.shape, fit, &KnownFloors::kernels);
  fits.push_back(std::move(fit));
  return static_cast<int>(fits.size()) - 1;
}

LayerFloors ShapeBook::least_of(std::size_t shape, const Fit& fit,
                                LayerFloors KnownFloors::*which) const {
  LayerFloors least = policies_[shape][fit.policies.front()].floors.*which;
  for (const std::size_t policy : fit.policies)
    least = each_of(least, policies_[shape][policy].floors.*which, lesser);
  return least;
}

bool ShapeBook::learn_exchange(std::size_t shape) {
  LayerShape& s = shapes_[shape];
  if (s.floors.exchanged) return false;
  s.floors.add_exchange(price_layers(s.plan, pricing_));
  s.gpu_time = gpu_time_of(s);
  return true;
}

/// First that of the shape, which may do; then under the policies of the fit.
bool ShapeBook::price_exchange(std::size_t shape, Fit& fit) {
  if (fit.floors.exchanged) return false;
  if (!std::exchange(fit.shape_exchanged, true)) {
    fit.floors.best = each_of(fit.floors.best, shapes_[shape].floors.best, greater);
    return true;
  }
  for (const std::size_t policy : fit.policies)
    policy_of(shape, policies_[shape][policy].plan, pricing_);
  fit.floors.add_exchange(least_of(shape, fit, &KnownFloors::best));
  return true;
}

Step& ShapeBook::lower_candidate(const Plan& candidate) {
  workspace_.clear_layers();
  lower_layers(pricing_, candidate, workspace_.programs, workspace_.step);
  return workspace_.step;
}

/// Sharded weights (zero 3) only add to it.
ShapeBook::PolicyFloors& ShapeBook::policy_of(std::size_t shape, const Plan& candidate,
                                              const Pricing& pricing) {
  const double share = fully_recomputed_share(pricing, candidate);
  std::vector<PolicyFloors>& known = policies_[shape];
  const auto same = std::find_if(known.begin(), known.end(), [&](const PolicyFloors& p) {
    const Recompute& a = p.plan.recompute;
    const Recompute& b = candidate.recompute;
    return a.full == b.full && a.modules == b.modules && p.share == share &&
           a.every_other == b.every_other && a.kept_products == b.kept_products;
  });
  const bool is_new = same == known.end();
  if (!is_new && (same->floors.exchanged || pricing.exchanges_free)) return *same;
  PolicyFloors& out = is_new ? known.emplace_back() : *same;
  if (is_new) {
    out = {candidate, share, shapes_[shape].floors};
    out.plan.zero = std::min(candidate.zero, 2);
    if (candidate.recompute == Recompute{}) return out;
    out.floors.forget_exchange();
  }
  const LayerFloors priced = price_layers(out.plan, pricing);
  if (pricing.exchanges_free)
    out.floors = {priced, priced, false};
  else
    out.floors.add_exchange(priced);
  return out;
}

}  // namespace fleetcast
