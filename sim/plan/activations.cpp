#include "sim/plan/activations.hpp"

#include "sim/step/layer_memory.hpp"
#include "sim/step/layer_price.hpp"

namespace fleetcast {
namespace {

bool has(LayerKind kind, const Transformer& model) {
  switch (kind) {
    case LayerKind::kDense: return model.dense_layers() > 0 || !model.is_moe();
    case LayerKind::kMoe: return model.is_moe();
    case LayerKind::kMtp: return model.mtp_layers > 0;
    default: return true;
  }
}

bool recomputes_some_layers(const Recompute& r) { return r.full && r.full_layers > 0; }

}  // namespace

bool recomputes_all_of(const Recompute& a, const Recompute& b) {
  if (a.full && !recomputes_some_layers(a)) return true;
  if (!b.full && b.modules == kNoModule && !b.every_other && b.kept_products == 0) return true;
  if (a.full != b.full) return false;
  if (a.full) return recomputes_some_layers(b) && a.full_layers >= b.full_layers;
  return (a.modules & b.modules) == b.modules && a.every_other == b.every_other &&
         a.kept_products == b.kept_products;
}

void ActivationTable::fill(const Space& space, const Pricing& pricing, const Plan& base,
                           OpList& ops) {
  by_set_.assign(space.recompute.size(), {});
  whole_ = {};
  Plan plan = base;
  const Split split = LayerPricer(pricing, base).split();
  for (int k = 0; k < kLayerKindCount; ++k) {
    const auto kind = static_cast<LayerKind>(k);
    const auto at = static_cast<std::size_t>(k);
    if (!has(kind, *pricing.job.model)) continue;
    ops.count = ops.products = 0;
    emit_layer(kind, *pricing.job.model, split, ops);
    const auto count = [&](const Recompute& recompute) {
      plan.recompute = recompute;
      return memory_of_layer(kind, ops, pricing, plan);
    };
    whole_[at] = count({.full = true});
    const bool same = !is_transformer_layer(kind);  // recomputed in no policy
    for (std::size_t i = 0; i < by_set_.size(); ++i)
      by_set_[i][at] = same ? whole_[at] : count(space.recompute[i]);
  }
}

LayerMemories ActivationTable::of(std::size_t policy, const Recompute& recompute,
                                  const Pricing& pricing, Plan plan) const {
  if (recompute.full && !recomputes_some_layers(recompute)) return whole_;
  if (!recompute.full) return by_set_[policy];
  plan.recompute = recompute;
  const double share = fully_recomputed_share(pricing, plan);
  LayerMemories out = whole_;
  for (const LayerKind kind : {LayerKind::kDense, LayerKind::kMoe}) {
    LayerMemory& layer = out[static_cast<std::size_t>(kind)];
    layer.saved = layer.saved * share + layer.working * (1.0 - share);
  }
  return out;
}

}  // namespace fleetcast
