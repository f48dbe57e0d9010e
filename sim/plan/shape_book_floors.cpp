#include <algorithm>
#include <utility>

#include "sim/plan/shape_book.hpp"
#include "sim/step/layer_memory.hpp"

// What a book learns of its shapes: prices, and what memory leaves.

namespace fleetcast {
namespace {

/// Of two floors, each time's lower one.
void lower_to(LayerFloors& floors, const LayerFloors& other) {
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    floors.through[k] = std::min(floors.through[k], other.through[k]);
    floors.whole[k] = std::min(floors.whole[k], other.whole[k]);
  }
}

/// Where both are floors, each time's higher one.
void raise(LayerFloors& floors, const LayerFloors& other) {
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    floors.through[k] = std::max(floors.through[k], other.through[k]);
    floors.whole[k] = std::max(floors.whole[k], other.whole[k]);
  }
}

}  // namespace

/// Embedding and logits are the same whatever the experts' layout and whatever is recomputed:
/// priced once for all shapes that share them.
template <class Price>
LayerFloors ShapeBook::layers_of(const Plan& plan, std::map<EndsKey, LayerFloors>& known,
                                 Price&& price) const {
  const auto [ends, is_new] =
      known.try_emplace({plan.tp, plan.cp, plan.micro_batch, plan.sequence_parallel ? 1 : 0});
  LayerFloors out = ends->second;
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    const auto kind = static_cast<LayerKind>(k);
    const bool is_known = !is_transformer_layer(kind) && !is_new;
    if (layers_[k] == 0.0 || is_known) continue;
    out.set(kind, price(kind), may_defer_logits(pricing_) && kind == LayerKind::kLogits);
  }
  if (is_new) ends->second = out;
  return out;
}

LayerFloors ShapeBook::sum_layers(const Plan& plan) {
  return layers_of(plan, sums_of_ends_,
                   [&](LayerKind kind) { return workspace_->programs.sum(kind, pricing_, plan); });
}

LayerFloors ShapeBook::play_layers(const Plan& plan) {
  workspace_->clear_layers();
  return layers_of(plan, times_of_ends_, [&](LayerKind kind) {
    const LayerTimes layer = play_layer(workspace_->programs.find_or_lower(kind, pricing_, plan));
    return LayerSums{layer.forward, layer.backward, layer.weight_gradients};
  });
}

const LayerFloors* ShapeBook::known_floors_of(std::size_t pairing) const {
  const MemoryFacts& memory = memories_[memory_];
  const int known = memory.known[pairing];
  const Pairing& p = pairings_[pairing];
  if (known == kNeverFits || p.least > memory.usable) return nullptr;
  if (known >= 0) return &memory.fits[static_cast<std::size_t>(known)].floors.best;
  return &shapes_[p.shape].floors.best;
}

bool ShapeBook::learn(std::size_t pairing) {
  const Pairing& p = pairings_[pairing];
  MemoryFacts& memory = memories_[memory_];
  int& known = memory.known[pairing];
  if (!knows_exchange(p.shape)) {
    learn_exchange(p.shape);
    return true;
  }
  if (known == kNeverFits) return false;
  if (known >= 0 && !memory.fits[std::size_t(known)].borrowed)
    return price_exchange(p.shape, memory.fits[std::size_t(known)]);
  const int borrowed = std::exchange(known, ask_memory(p));
  if (known >= 0 && borrowed >= 0)
    raise(memory.fits[std::size_t(known)].floors.best,
          memory.fits[std::size_t(borrowed)].floors.best);
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
    const PolicyFloors& policy = policy_of(pairing.shape, candidate);
    fit.policies.push_back(static_cast<std::size_t>(&policy - policies_[pairing.shape].data()));
  };
  fitting_.for_each_policy(space_, pricing_, plan, *workspace_, choose);
  if (fit.policies.empty()) return kNeverFits;
  std::vector<Fit>& fits = memories_[memory_].fits;
  fit.floors.kernels = fit.floors.best = least_of(pairing.shape, fit, &KnownFloors::kernels);
  raise(fit.floors.best, shapes_[pairing.shape].floors.best);
  fits.push_back(std::move(fit));
  return static_cast<int>(fits.size()) - 1;
}

LayerFloors ShapeBook::least_of(std::size_t shape, const Fit& fit,
                                LayerFloors KnownFloors::*which) const {
  LayerFloors least = policies_[shape][fit.policies.front()].floors.*which;
  for (const std::size_t policy : fit.policies)
    lower_to(least, policies_[shape][policy].floors.*which);
  return least;
}

void ShapeBook::learn_exchange(std::size_t shape) {
  LayerShape& s = shapes_[shape];
  if (s.floors.exchanged) return;
  s.floors.add_exchange(play_layers(s.plan));
  s.gpu_time = gpu_time_of(s);
  for (MemoryFacts& memory : memories_)
    for (std::uint32_t p = paired_[shape].first; p < paired_[shape].last; ++p)
      if (memory.known[p] >= 0)
        raise(memory.fits[static_cast<std::size_t>(memory.known[p])].floors.best, s.floors.best);
}

bool ShapeBook::price_exchange(std::size_t shape, Fit& fit) {
  if (fit.floors.exchanged) return false;
  for (const std::size_t policy : fit.policies) learn_exchange(policies_[shape][policy]);
  fit.floors.add_exchange(least_of(shape, fit, &KnownFloors::best));
  return true;
}

Step& ShapeBook::lower_candidate(const Plan& candidate) {
  workspace_->clear_layers();
  lower_layers(pricing_, candidate, workspace_->programs, workspace_->step);
  return workspace_->step;
}

/// Sharded weights (zero 3) only add to it.
ShapeBook::PolicyFloors& ShapeBook::policy_of(std::size_t shape, const Plan& candidate) {
  const double share = fully_recomputed_share(pricing_, candidate);
  std::vector<PolicyFloors>& known = policies_[shape];
  const auto same = std::find_if(known.begin(), known.end(), [&](const PolicyFloors& p) {
    const Recompute& a = p.plan.recompute;
    const Recompute& b = candidate.recompute;
    return a.full == b.full && a.modules == b.modules && p.share == share &&
           a.every_other == b.every_other && a.kept_products == b.kept_products;
  });
  if (same != known.end()) return *same;
  PolicyFloors& out = known.emplace_back(PolicyFloors{candidate, share, shapes_[shape].floors});
  out.plan.zero = std::min(candidate.zero, 2);
  if (candidate.recompute != Recompute{}) {
    const LayerFloors sums = sum_layers(out.plan);
    out.floors = {sums, sums, false};
  }
  return out;
}

void ShapeBook::learn_exchange(PolicyFloors& policy) {
  if (!policy.floors.exchanged) policy.floors.add_exchange(play_layers(policy.plan));
}

}  // namespace fleetcast
