#include "sim/plan/shape_book.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/plan/pricing.hpp"
#include "sim/step/network_alike.hpp"

namespace fleetcast {
ShapeBook::ShapeBook(const config::Scenario& scenario, const System& system,
                     const Precision& precision, PlanWorkspace& workspace)
    : scenario_(scenario),
      pricing_(pricing_of(scenario, system, precision, scenario.spec.training.global_batch)),
      space_(space_of(scenario, system)),
      most_batch_(
          std::floor(space_.global_batch * (1.0 + space_.batch_tolerance) / kFloorRounding)),
      workspace_(&workspace),
      most_memory_(system.gpu.memory_usable) {
  workspace.clear();
  collect_pipelines();
  if (!pipelines_.empty()) collect_shapes();
  pairings_.reserve(shapes_.size() * pipelines_.size());
  paired_.resize(shapes_.size());
  policies_.resize(shapes_.size());
  activations_.resize(shapes_.size());
  remember(system.gpu.memory_usable);
}

ShapeBook::ShapeBook(const ShapeBook& other, const System& slower)
    : scenario_(other.scenario_),
      pricing_(other.pricing_),
      space_(other.space_),
      most_batch_(other.most_batch_),
      workspace_(other.workspace_),
      shapes_(other.shapes_),
      by_kernels_(other.by_kernels_),
      pairings_(other.pairings_),
      paired_(other.paired_),
      most_memory_(other.most_memory_),
      policies_(other.policies_),
      activations_(shapes_.size()),
      pipelines_(other.pipelines_),
      layers_(other.layers_),
      memories_(other.memories_),
      refused_(other.refused_) {
  use(slower);
}

void ShapeBook::connect(const System& next) {
  const Network &before = pricing_.system->network, &after = next.network;
  times_of_ends_.clear();
  std::vector<char> stays(shapes_.size(), 1);
  for (std::size_t s = 0; s < shapes_.size(); ++s) {
    LayerShape& shape = shapes_[s];
    const bool is_known = shape.floors.exchanged || !policies_[s].empty();
    if (!is_known || layers_send_alike(shape.plan, before, after)) continue;
    stays[s] = 0;
    shape.floors.forget_exchange();
    shape.gpu_time = gpu_time_of(shape);
    for (PolicyFloors& policy : policies_[s]) policy.floors.forget_exchange();
  }
  for (MemoryFacts& memory : memories_)
    for (std::size_t p = 0; p < pairings_.size(); ++p)
      if (memory.known[p] >= 0 && stays[pairings_[p].shape] == 0)
        memory.fits[static_cast<std::size_t>(memory.known[p])].floors.forget_exchange();
  use(next);
}

void ShapeBook::use(const System& system) {
  pricing_.system = &system;
  remember(system.gpu.memory_usable);
}

/// What is known of more memory holds of less.
void ShapeBook::remember(Bytes usable) {
  const auto same = std::find_if(memories_.begin(), memories_.end(),
                                 [&](const MemoryFacts& m) { return m.usable == usable; });
  memory_ = static_cast<std::size_t>(same - memories_.begin());
  if (same != memories_.end()) return;
  const MemoryFacts* more = nullptr;
  for (const MemoryFacts& m : memories_)
    if (m.usable > usable && (more == nullptr || m.usable < more->usable)) more = &m;
  MemoryFacts facts{usable, std::vector<int>(pairings_.size(), kNotAsked), {}};
  if (more != nullptr) facts.known = more->known, facts.fits = more->fits;
  for (Fit& fit : facts.fits) fit.borrowed = true;
  memories_.push_back(std::move(facts));
}

void ShapeBook::collect_pipelines() {
  for_each_pipeline(space_, scenario_.model, {}, [&](Plan plan) {
    const Layout& layout = workspace_->programs.find_or_cut(pricing_, plan);
    plan.micro_batches = plan.schedule->chunked ? plan.pp : 1;
    pipelines_.push_back({plan.pp, plan.vp, plan.schedule, PipelineFloor(layout, plan),
                          PipelineMemory(scenario_.stack, layout, plan)});
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

void ShapeBook::collect_shapes() {
  std::size_t most = 0;
  for_each_layer_base(space_, [&](const Plan&) { ++most; });
  shapes_.reserve(most);
  for_each_layer_base(space_, [&](Plan plan) {
    if (is_dominated(plan)) return;
    plan.dp = plan.ep * plan.etp;  // any degree that the experts divide
    plan.schedule = space_.schedule.front();
    Job job = pricing_.job;
    job.global_batch = 0;
    bool fits = false;
    if (misfit_of(job, plan).fits())
      for_each_roomy(plan, [&](std::size_t, Bytes) {
        fits = true;
        return false;
      });
    if (!fits) {
      ++refused_;
      return;
    }
    LayerShape shape{plan, {}, {}, {}};
    shape.floors.kernels = shape.floors.best = sum_layers(plan);
    shape.kernel_time = shape.gpu_time = gpu_time_of(shape);
    by_kernels_.push_back(shapes_.size());
    shapes_.push_back(shape);
  });
  std::stable_sort(by_kernels_.begin(), by_kernels_.end(), [&](std::size_t a, std::size_t b) {
    return shapes_[a].kernel_time < shapes_[b].kernel_time;
  });
}

/// Most replicas that the experts divide; 0: none.
int ShapeBook::most_replicas(const Plan& shape, int micro_batches) const {
  int dp = most_degree(shape.micro_batch) / micro_batches;
  while (dp > 0 && shape.tp * shape.cp * dp % (shape.ep * shape.etp) != 0) --dp;
  return dp;
}

template <class Visit>
void ShapeBook::for_each_roomy(const Plan& shape, Visit&& visit) const {
  Plan roomiest = shape;
  roomiest.dp = most_replicas(roomiest, 1);
  if (roomiest.dp == 0) return;
  const LayerBytes bytes = layer_bytes(pricing_, roomiest, space_.zero);
  for (std::size_t p = pipelines_.size(); p-- > 0;)
    if (const Bytes least = pipelines_[p].memory.least(bytes); least <= most_memory_)
      if (!visit(p, least)) return;
}

PairingRange ShapeBook::pair(std::size_t shape) {
  PairingRange& range = paired_[shape];
  if (range.first != range.last) return range;
  range.first = static_cast<std::uint32_t>(pairings_.size());
  for_each_roomy(shapes_[shape].plan, [&](std::size_t pipeline, Bytes least) {
    pairings_.push_back(
        {static_cast<std::uint32_t>(shape), static_cast<std::uint32_t>(pipeline), least});
    return true;
  });
  range.last = static_cast<std::uint32_t>(pairings_.size());
  for (MemoryFacts& memory : memories_) memory.known.resize(pairings_.size(), kNotAsked);
  return range;
}

Seconds ShapeBook::gpu_time_of(const LayerShape& shape) const {
  Seconds whole{};
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    whole += shape.floors.best.whole[k] * layers_[k];
  const Plan& plan = shape.plan;
  return whole * (double(plan.tp) * plan.cp / plan.micro_batch * kFloorRounding);
}

Plan ShapeBook::plan_of(const Pairing& pairing) const {
  Plan plan = shapes_[pairing.shape].plan;
  const Pipeline& p = pipelines_[pairing.pipeline];
  plan.pp = p.pp, plan.vp = p.vp, plan.schedule = p.schedule;
  return plan;
}

int ShapeBook::most_degree(int micro_batch) const {
  return static_cast<int>(most_batch_) / micro_batch;
}

bool ShapeBook::admits(const Plan& plan) {
  pricing_.job.global_batch = plan.global_batch();
  return misfit_of(pricing_.job, plan).fits() &&
         plan.schedule->admits({plan.pp, plan.vp, plan.micro_batches}).fits();
}

void ShapeBook::enter(std::size_t shape) {
  std::optional<ActivationTable>& activations = activations_[shape];
  if (!activations) activations.emplace().fill(space_, pricing_, shapes_[shape].plan, ops_);
  fitting_.set_shape(*activations);
}

}  // namespace fleetcast
