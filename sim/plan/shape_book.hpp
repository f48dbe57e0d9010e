#pragma once

// The layer shapes and pipelines of a space on one system in one precision, with floors: priced
// once, then asked for any number of GPUs.

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "sim/engine/pipeline_floor.hpp"
#include "sim/plan/estimate.hpp"
#include "sim/plan/fitting.hpp"
#include "sim/plan/space.hpp"

namespace fleetcast {

struct LayerShape {
  Plan plan;
  Seconds gpu_time{};  ///< of one sequence through all layers, without bubbles or exchange
  LayerFloors floors;  ///< nothing recomputed
};

struct Pipeline {
  int pp = 1, vp = 1;
  const Schedule* schedule = nullptr;
  PipelineFloor floor;
};

class ShapeBook {
 public:
  /// Requires: the chip runs the precision's format; scenario, system and workspace outlive the
  /// book, and nobody else uses the workspace meanwhile.
  ShapeBook(const config::Scenario& scenario, const System& system, const Precision& precision,
            PlanWorkspace& workspace);

  /// Goes on with a system that prices every step alike.
  /// Requires: no more usable memory than that of the book so far; `system` outlives the book.
  void use(const System& system);

  [[nodiscard]] const std::vector<LayerShape>& shapes() const { return shapes_; }  ///< by gpu_time
  [[nodiscard]] const std::vector<Pipeline>& pipelines() const { return pipelines_; }
  [[nodiscard]] const Space& space() const { return space_; }
  [[nodiscard]] const Pricing& pricing() const { return pricing_; }
  [[nodiscard]] long refused() const { return refused_; }  ///< indivisible, too big for memory

  /// A shape strung into a pipeline; dp and micro-batches are still to be set.
  [[nodiscard]] Plan plan_of(std::size_t shape, std::size_t pipeline) const;
  /// Most replicas that divide the batch into such micro-batches.
  [[nodiscard]] int most_degree(int micro_batch) const;
  /// Floors of the shape's layers in this pipeline with the least recompute that memory leaves to
  /// any number of replicas; null: no number of replicas, sharding or policy fits.
  const LayerFloors* floors_of(std::size_t shape, std::size_t pipeline);
  /// The same without asking memory: those of the shape alone where it has not been asked yet.
  [[nodiscard]] const LayerFloors* known_floors_of(std::size_t shape, std::size_t pipeline) const;

  /// Calls visit(candidate, floors) for each sharding and recompute policy with which the plan fits
  /// in memory; false when plan or batch do not divide. Leaves its layers placed in workspace().
  /// Requires: a plan_of(shape, ...) with dp and micro-batches.
  template <class Visit>
  bool for_each_fitting(std::size_t shape, const Plan& plan, Visit&& visit) {
    if (!admits(plan)) return false;
    enter(shape);
    const auto price = [&](const Plan& candidate) {
      visit(candidate, floors_with(shape, candidate));
    };
    fitting_.for_each(space_, pricing_, plan, workspace_, price, [](Bytes, long) {});
    return true;
  }
  /// Layers, weights and optimizer of a candidate: enough for step_time_bound().
  Step& lower_candidate(const Plan& candidate);
  [[nodiscard]] PlanWorkspace& workspace() { return workspace_; }

 private:
  struct PolicyFloors {
    Recompute policy;
    double share = 0;  ///< of the layers, where only some are recomputed
    LayerFloors floors;
  };

  void collect_pipelines();
  void collect_shapes();
  [[nodiscard]] bool is_dominated(const Plan& shape) const;
  [[nodiscard]] bool can_hold(const Plan& shape, int stages) const;
  void price_shape(const Plan& shape);
  bool admits(const Plan& plan);
  void enter(std::size_t shape);
  [[nodiscard]] LayerFloors least_floors(std::size_t shape, const Plan& roomiest);
  const LayerFloors& floors_with(std::size_t shape, const Plan& candidate);

  const config::Scenario& scenario_;
  Pricing pricing_;
  Space space_;
  PlanWorkspace& workspace_;
  Fitting fitting_;
  std::vector<LayerShape> shapes_;
  std::vector<std::vector<PolicyFloors>> recomputed_;        ///< [shape]
  std::vector<std::optional<ActivationTable>> activations_;  ///< [shape], of those looked at
  std::vector<Pipeline> pipelines_;
  std::array<double, kLayerKindCount> layers_{};  ///< of the model, by LayerKind
  std::vector<int> known_;                        ///< [shape * pipelines + pipeline]
  std::vector<LayerFloors> fitting_floors_;       ///< by known_
  std::size_t entered_ = std::numeric_limits<std::size_t>::max();
  long refused_ = 0;
};

}  // namespace fleetcast
