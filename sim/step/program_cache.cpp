#include <algorithm>

#include "models/cost/schedule.hpp"
#include "sim/step/lower.hpp"

// What plans share: layers lowered and layouts cut.

namespace fleetcast {
namespace {

void find_fullest(const Plan& plan, Layout& out) {
  constexpr int kMany = 1 << 20;  // micro-batches enough to fill any pipeline
  const PipelineShape shape{plan.pp, plan.vp, kMany};
  out.fullest.clear();
  for (int s = 0; s < plan.pp; ++s) {
    const ChunkLayers& layers = out.stage[static_cast<std::size_t>(s)];
    const auto same = std::find_if(out.fullest.begin(), out.fullest.end(), [&](int other) {
      return out.stage[static_cast<std::size_t>(other)] == layers;
    });
    if (same == out.fullest.end())
      out.fullest.push_back(s);
    else if (plan.schedule->in_flight(s, shape) > plan.schedule->in_flight(*same, shape))
      *same = s;
  }
}

void add(const ChunkLayers& chunk, ChunkLayers& sum) {
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    sum.count[k] = static_cast<short>(sum.count[k] + chunk.count[k]);
}

/// Where one of these stands among them; appends what is new.
std::size_t place_of(const ChunkLayers& one, std::vector<ChunkLayers>& among) {
  const auto found = std::find(among.begin(), among.end(), one);
  const auto place = static_cast<std::size_t>(found - among.begin());
  if (found == among.end()) among.push_back(one);
  return place;
}

void cut(const LayerPattern& model, const Plan& plan, Layout& out) {
  out.virtual_stage.resize(static_cast<std::size_t>(plan.pp) * plan.vp);
  if (plan.layout != nullptr)
    out.virtual_stage = *plan.layout;
  else
    cut_layers(model, out.virtual_stage);
  out.distinct.clear();
  out.place.clear();
  out.stage.assign(static_cast<std::size_t>(plan.pp), {});
  ChunkLayers all;
  for (int s = 0; s < plan.pp; ++s) {
    ChunkLayers& stage = out.stage[static_cast<std::size_t>(s)];
    for (int c = 0; c < plan.vp; ++c) {
      const int v = plan.schedule->virtual_stage(s, c, {plan.pp, plan.vp, plan.micro_batches});
      const ChunkLayers& chunk = out.virtual_stage[static_cast<std::size_t>(v)];
      out.place.push_back(place_of(chunk, out.distinct));
      add(chunk, stage);
    }
    add(stage, all);
  }
  for (std::size_t k = 0; k < kLayerKindCount; ++k) out.uses[k] = all.count[k] > 0;
  find_fullest(plan, out);
}

}  // namespace

std::size_t ProgramCache::Hash::operator()(const Key& key) const {
  std::size_t h = 1469598103934665603ULL;  // FNV-1a
  for (const int v : key.part) h = (h ^ static_cast<std::size_t>(v)) * 1099511628211ULL;
  return h;
}

ProgramCache::Key ProgramCache::key_for(LayerKind kind, const Plan& p) {
  const bool sharded = p.zero >= 3;
  const bool partial = p.recompute.full && p.recompute.full_layers > 0;
  const bool moe = kind == LayerKind::kMoe;
  return {{static_cast<int>(kind), p.tp, p.cp, moe ? p.ep : 0, moe ? p.etp : 0, p.micro_batch,
           p.recompute.modules + (p.recompute.full ? 65536 : 0) +
               (p.recompute.every_other ? 131072 : 0) + p.recompute.kept_products * 262144,
           (p.sequence_parallel ? 1 : 0) + (p.ep_overlap ? 2 : 0), sharded ? p.dp : 0,
           sharded ? p.shard_group : 0, partial ? p.pp * p.vp : 0,
           static_cast<int>(p.recompute.full_layers)}};
}

const LayerProgram& ProgramCache::find_or_lower(LayerKind kind, const Pricing& pricing,
                                                const Plan& plan) {
  const Key key = key_for(kind, plan);
  const auto found = programs_.find(key);
  if (found != programs_.end()) return *found->second;
  const std::size_t id = programs_.size();
  LayerProgram& program = id < lowered_.size() ? lowered_[id] : lowered_.emplace_back();
  program.id = static_cast<int>(id);
  lower_layer(kind, pricing, plan, lowering_, program);
  programs_.emplace(key, &program);
  return program;
}

const Layout& ProgramCache::find_or_cut(const Pricing& pricing, const Plan& plan) {
  const LayerPattern layers = pricing.job.model->pattern();
  if (layers != cut_) layouts_.clear();
  cut_ = layers;
  const auto key = std::make_tuple(plan.pp, plan.vp, plan.schedule, plan.layout);
  const auto [place, is_new] = layouts_.try_emplace(key);
  if (is_new) cut(layers, plan, place->second);
  return place->second;
}

void ProgramCache::clear() {
  clear_programs();
  lowering_.products.clear();
  // The next Pricing may bring another list at the same address.
  std::erase_if(layouts_, [](const auto& cut) { return std::get<3>(cut.first) != nullptr; });
}

void ProgramCache::clear_programs() { programs_.clear(); }

}  // namespace fleetcast
