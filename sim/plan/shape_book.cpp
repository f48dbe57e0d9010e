#include "sim/plan/shape_book.hpp"

#include <algorithm>
#include <utility>

#include "models/cost/schedule.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/step/layer_memory.hpp"

namespace fleetcast {
namespace {

constexpr int kNotAsked = -1, kNeverFits = -2;  // else an index of fitting_floors_

constexpr LayerFloors no_floors() {
  LayerFloors out;
  out.through.fill(Seconds{std::numeric_limits<double>::infinity()});
  out.whole = out.through;
  return out;
}
constexpr LayerFloors kNoFloors = no_floors();

}  // namespace

ShapeBook::ShapeBook(const config::Scenario& scenario, const System& system,
                     const Precision& precision, PlanWorkspace& workspace)
    : scenario_(scenario),
      pricing_(pricing_of(scenario, system, precision, scenario.spec.training.global_batch)),
      space_(space_of(scenario, system)),
      workspace_(workspace) {
  workspace_.clear();
  collect_pipelines();
  if (!pipelines_.empty()) collect_shapes();
  known_.assign(shapes_.size() * pipelines_.size(), kNotAsked);
  recomputed_.resize(shapes_.size());
  activations_.resize(shapes_.size());
}

void ShapeBook::use(const System& system) {
  const Bytes before = std::exchange(pricing_.system, &system)->gpu.memory_usable;
  if (system.gpu.memory_usable == before) return;
  std::fill(known_.begin(), known_.end(), kNotAsked);
  fitting_floors_.clear();
}

void ShapeBook::collect_pipelines() {
  for_each_pipeline(space_, scenario_.model, {}, [&](const Plan& plan) {
    const Layout& layout = workspace_.programs.find_or_cut(pricing_, plan);
    pipelines_.push_back({plan.pp, plan.vp, plan.schedule, PipelineFloor(layout, plan)});
    layers_ = {};
    for (const ChunkLayers& stage : layout.stage)
      for (std::size_t k = 0; k < kLayerKindCount; ++k) layers_[k] += stage.count[k];
  });
}

/// Fewer context ranks and as much smaller micro-batches give every rank the same tokens and every
/// collective but attention's the same bytes: then the plan without that exchange is no slower.
bool ShapeBook::is_dominated(const Plan& shape) const {
  const auto has = [](const std::vector<int>& sizes, int n) {
    return std::find(sizes.begin(), sizes.end(), n) != sizes.end();
  };
  for (int common = 2; common <= std::min(shape.cp, shape.micro_batch); ++common)
    if (shape.cp % common == 0 && shape.micro_batch % common == 0 &&
        has(space_.cp, shape.cp / common) && has(space_.micro_batch, shape.micro_batch / common))
      return true;
  return false;
}

/// Weights and gradients alone, spread over as many stages as there may be.
bool ShapeBook::can_hold(const Plan& shape, int stages) const {
  if (*std::max_element(space_.zero.begin(), space_.zero.end()) >= 2) return true;
  const Split split = split_of(pricing_.job, shape, *pricing_.precision, *pricing_.stack);
  const Transformer& m = scenario_.model;
  const RankParameters dense = rank_parameters(LayerKind::kDense, m, pricing_.parameters, split);
  const RankParameters moe = rank_parameters(LayerKind::kMoe, m, pricing_.parameters, split);
  const double count = m.dense_layers() * dense.dense + m.moe_layers() * (moe.dense + moe.expert);
  const double bytes = weight_bytes(pricing_) + pricing_.stack->grad_bytes;
  return Bytes{count * bytes / stages} <= pricing_.system->gpu.memory_usable;
}

void ShapeBook::collect_shapes() {
  const int stages = *std::max_element(space_.pp.begin(), space_.pp.end());
  for_each_layer_base(space_, [&](Plan plan) {
    if (is_dominated(plan)) return;
    plan.dp = plan.ep * plan.etp;  // any degree that the experts divide
    plan.schedule = space_.schedule.front();
    Job job = pricing_.job;
    job.global_batch = 0;
    if (misfit_of(job, plan).fits() && can_hold(plan, stages))
      price_shape(plan);
    else
      ++refused_;
  });
  std::stable_sort(shapes_.begin(), shapes_.end(), [](const LayerShape& a, const LayerShape& b) {
    return a.gpu_time < b.gpu_time;
  });
}

void ShapeBook::price_shape(const Plan& shape) {
  workspace_.clear_layers();
  lower_layers(pricing_, shape, workspace_.programs, workspace_.step);
  LayerShape out{shape, {}, layer_floors(workspace_.step, workspace_.engine)};
  Seconds whole{};
  for (std::size_t k = 0; k < kLayerKindCount; ++k) whole += out.floors.whole[k] * layers_[k];
  out.gpu_time = whole * (double(shape.tp) * shape.cp / shape.micro_batch * kFloorRounding);
  shapes_.push_back(out);
}

Plan ShapeBook::plan_of(std::size_t shape, std::size_t pipeline) const {
  Plan plan = shapes_[shape].plan;
  const Pipeline& p = pipelines_[pipeline];
  plan.pp = p.pp, plan.vp = p.vp, plan.schedule = p.schedule;
  return plan;
}

int ShapeBook::most_degree(int micro_batch) const {
  return static_cast<int>(space_.global_batch * (1.0 + space_.batch_tolerance)) / micro_batch;
}

const LayerFloors* ShapeBook::known_floors_of(std::size_t shape, std::size_t pipeline) const {
  const int known = known_[shape * pipelines_.size() + pipeline];
  if (known == kNotAsked) return &shapes_[shape].floors;
  return known == kNeverFits ? nullptr : &fitting_floors_[static_cast<std::size_t>(known)];
}

// Asked of as many replicas and as few micro-batches as there may be: no others leave more room.
const LayerFloors* ShapeBook::floors_of(std::size_t shape, std::size_t pipeline) {
  int& known = known_[shape * pipelines_.size() + pipeline];
  if (known == kNotAsked) {
    known = kNeverFits;
    enter(shape);
    Plan plan = plan_of(shape, pipeline);
    plan.micro_batches = plan.schedule->chunked ? plan.pp : 1;
    plan.dp = most_degree(plan.micro_batch) / plan.micro_batches;
    while (plan.dp > 1 && plan.tp * plan.cp * plan.dp % (plan.ep * plan.etp) != 0) --plan.dp;
    if (plan.dp >= 1 && !fitting_.is_hopeless(space_, pricing_, plan, workspace_)) {
      const LayerFloors floors = least_floors(shape, plan);
      if (floors.whole != kNoFloors.whole) {
        known = static_cast<int>(fitting_floors_.size());
        fitting_floors_.push_back(floors);
      }
    }
  }
  return known == kNeverFits ? nullptr : &fitting_floors_[static_cast<std::size_t>(known)];
}

LayerFloors ShapeBook::least_floors(std::size_t shape, const Plan& roomiest) {
  LayerFloors least = kNoFloors;
  const auto lower = [&](const Plan& candidate) {
    const LayerFloors& floors = floors_with(shape, candidate);
    for (std::size_t k = 0; k < kLayerKindCount; ++k) {
      least.through[k] = std::min(least.through[k], floors.through[k]);
      least.whole[k] = std::min(least.whole[k], floors.whole[k]);
    }
  };
  fitting_.for_each(space_, pricing_, roomiest, workspace_, lower, [](Bytes, long) {});
  return least;
}

bool ShapeBook::admits(const Plan& plan) {
  pricing_.job.global_batch = plan.global_batch();
  return misfit_of(pricing_.job, plan).fits() &&
         plan.schedule->admits({plan.pp, plan.vp, plan.micro_batches}).fits();
}

/// Makes the workspace that of a shape: what was priced for others is forgotten.
void ShapeBook::enter(std::size_t shape) {
  if (entered_ == shape) return;
  entered_ = shape;
  workspace_.clear_layers();
  std::optional<ActivationTable>& activations = activations_[shape];
  if (!activations) activations.emplace().fill(space_, pricing_, shapes_[shape].plan);
  fitting_.set_shape(*activations);
}

Step& ShapeBook::lower_candidate(const Plan& candidate) {
  lower_layers(pricing_, candidate, workspace_.programs, workspace_.step);
  return workspace_.step;
}

/// Sharded weights (zero 3) only add to it.
const LayerFloors& ShapeBook::floors_with(std::size_t shape, const Plan& candidate) {
  if (candidate.recompute == Recompute{}) return shapes_[shape].floors;
  const double share = fully_recomputed_share(pricing_, candidate);
  std::vector<PolicyFloors>& known = recomputed_[shape];
  for (const PolicyFloors& p : known) {
    const bool same = p.policy.full == candidate.recompute.full &&
                      p.policy.modules == candidate.recompute.modules && p.share == share;
    if (same && p.policy.every_other == candidate.recompute.every_other &&
        p.policy.kept_products == candidate.recompute.kept_products)
      return p.floors;
  }
  Plan plan = candidate;
  plan.zero = std::min(plan.zero, 2);
  const Step& step = lower_candidate(plan);
  known.push_back({candidate.recompute, share, layer_floors(step, workspace_.engine)});
  return known.back().floors;
}

}  // namespace fleetcast
