#include "sim/engine/pipeline_floor.hpp"

#include <algorithm>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

using Counts = std::array<double, kLayerKindCount>;

bool covers(const Counts& more, const Counts& less) {
  return std::equal(more.begin(), more.end(), less.begin(), std::greater_equal<>());
}

Counts counts_of(const ChunkLayers& layers) {
  Counts out{};
  std::copy(layers.count.begin(), layers.count.end(), out.begin());
  return out;
}

}  // namespace

bool leads(const Plan& plan, int stage) {
  const Schedule& schedule = *plan.schedule;
  return !schedule.splits_backward &&
         schedule.virtual_stage(stage, 0, {plan.pp, plan.vp, plan.micro_batches}) == stage;
}

PipelineFloor::PipelineFloor(const Layout& layout, const Plan& plan)
    : splits_(plan.schedule->splits_backward) {
  Counts before{}, all{};
  for (int s = 0; s < plan.pp; ++s) {
    const Counts stage = counts_of(layout.stage[static_cast<std::size_t>(s)]);
    add({before, stage});
    for (std::size_t k = 0; k < kLayerKindCount; ++k) all[k] += stage[k];
    if (!leads(plan, s)) continue;
    const Counts first =
        counts_of(layout.distinct[layout.place[static_cast<std::size_t>(s * plan.vp)]]);
    for (std::size_t k = 0; k < kLayerKindCount; ++k) before[k] += first[k];
  }
  add({all, {}});  // one micro-batch through all stages and back
}

void PipelineFloor::add(const Path& path) {
  const auto within = [](const Path& less, const Path& more) {
    return covers(more.before, less.before) && covers(more.stage, less.stage);
  };
  if (std::any_of(paths_.begin(), paths_.end(), [&](const Path& p) { return within(path, p); }))
    return;
  std::erase_if(paths_, [&](const Path& p) { return within(p, path); });
  paths_.push_back(path);
}

}  // namespace fleetcast
