#pragma once

// The layer shapes and pipelines of a space on one system in one precision, with floors: what no
// plan of them is faster than. Floors begin with kernels alone, which the network has no part in,
// and rise as a shape is looked at closer.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/engine/pipeline_floor.hpp"
#include "sim/plan/estimate.hpp"
#include "sim/plan/fitting.hpp"
#include "sim/plan/memory_floor.hpp"
#include "sim/plan/space.hpp"

namespace fleetcast {

/// As far as they are known.
struct KnownFloors {
  LayerFloors kernels;  ///< of kernels alone
  LayerFloors best;     ///< that, or with what the network is known to add
  bool exchanged = false;

  void add_exchange(const LayerFloors& all) { best = all, exchanged = true; }
  void forget_exchange() { best = kernels, exchanged = false; }
};

/// What a layer looks like (sim/plan/space.hpp), its floors and its pairings.
struct LayerShape {
  Plan plan;
  Seconds kernel_time{};  ///< of one sequence through all layers, in GPU time: kernels alone
  Seconds gpu_time{};     ///< at least, as floors; no bubbles, nothing exchanged between replicas
  KnownFloors floors;     ///< nothing recomputed
};

/// Of pairings, the first and the one behind the last.
struct PairingRange {
  std::uint32_t first = 0, last = 0;
};

struct Pipeline {
  int pp = 1, vp = 1;
  const Schedule* schedule = nullptr;
  PipelineFloor floor;
  PipelineMemory memory;
};

/// A shape in a pipeline.
struct Pairing {
  std::uint32_t shape = 0, pipeline = 0;
  Bytes least{};  ///< memory it takes at least
};

class ShapeBook {
 public:
  /// Requires: the chip runs the precision's format; scenario, system and workspace outlive the
  /// book; whoever else uses the workspace meanwhile prices the same kernels.
  ShapeBook(const config::Scenario& scenario, const System& system, const Precision& precision,
            PlanWorkspace& workspace);
  /// Goes on from what `other` knows on a system on which nothing is faster, in its workspace.
  /// Requires: as above; no more usable memory than `other` began with.
  ShapeBook(const ShapeBook& other, const System& slower);

  /// Goes on with a system that prices every step alike.
  /// Requires: no more usable memory than the book began with; `system` outlives the book.
  void use(const System& system);
  /// The same with one that prices every kernel alike, on another network: what is sent is
  /// forgotten but where it is sent alike on both. Requires: the last system still lives.
  void connect(const System& system);

  [[nodiscard]] const std::vector<LayerShape>& shapes() const { return shapes_; }
  /// Places of shapes, the least kernel_time first.
  [[nodiscard]] const std::vector<std::size_t>& by_kernels() const { return by_kernels_; }
  [[nodiscard]] const std::vector<Pipeline>& pipelines() const { return pipelines_; }
  /// Those of the shapes that were asked for.
  [[nodiscard]] const std::vector<Pairing>& pairings() const { return pairings_; }
  /// A shape's pairings that memory does not rule out at once.
  PairingRange pair(std::size_t shape);
  [[nodiscard]] const Space& space() const { return space_; }
  [[nodiscard]] const Pricing& pricing() const { return pricing_; }
  [[nodiscard]] long refused() const { return refused_; }  ///< indivisible, too big for memory

  /// A shape strung into a pipeline; dp and micro-batches are still to be set.
  [[nodiscard]] Plan plan_of(const Pairing& pairing) const;
  /// Sequences of a step, at most.
  [[nodiscard]] double most_batch() const { return most_batch_; }
  /// Most replicas that divide the batch into such micro-batches.
  [[nodiscard]] int most_degree(int micro_batch) const;
  /// Floors of the shape's layers in this pipeline, as far as they are known; null: no number of
  /// replicas, sharding or policy fits.
  [[nodiscard]] const LayerFloors* known_floors_of(std::size_t pairing) const;
  /// Whether it is known what a shape exchanges, all activations kept.
  [[nodiscard]] bool knows_exchange(std::size_t shape) const {
    return shapes_[shape].floors.exchanged;
  }
  void learn_exchange(std::size_t shape);
  /// Looks closer: at what the shape exchanges, then at the least recompute that memory leaves to
  /// any number of replicas, then at what is exchanged with that. False: all is known.
  bool learn(std::size_t pairing);

  /// Calls visit(candidate, floors) for each sharding and recompute policy with which the plan fits
  /// in memory; false when plan or batch do not divide.
  /// Requires: a plan_of(a pairing of the shape) with dp and micro-batches.
  template <class Visit>
  bool for_each_fitting(std::size_t shape, const Plan& plan, Visit&& visit) {
    if (!admits(plan)) return false;
    enter(shape);
    const auto price = [&](const Plan& candidate) {
      PolicyFloors& policy = policy_of(shape, candidate);
      learn_exchange(policy);
      visit(candidate, policy.floors.best);
    };
    fitting_.for_each(space_, pricing_, plan, *workspace_, price, [](Bytes, long) {});
    return true;
  }
  /// Layers, weights and optimizer of a candidate: enough for step_time_bound().
  Step& lower_candidate(const Plan& candidate);
  /// Goes on with another thread's memory, as the constructor took it.
  void work_in(PlanWorkspace& workspace) {
    workspace_ = &workspace;
    workspace.clear();
  }
  [[nodiscard]] PlanWorkspace& workspace() { return *workspace_; }

 private:
  /// What the layers of a shape take under a recompute policy.
  struct PolicyFloors {
    Plan plan;         ///< one with that policy
    double share = 0;  ///< of the layers, where only some are recomputed
    KnownFloors floors;
  };
  /// A pairing that fits in memory.
  struct Fit {
    std::vector<std::size_t> policies;  ///< of the shape, the least that memory leaves
    KnownFloors floors;                 ///< the least of theirs
    bool borrowed = false;              ///< of more memory: it holds, but is not all that is known
  };
  using EndsKey = std::array<int, 4>;  ///< tp, cp, micro-batch, sequence parallel
  static constexpr int kNotAsked = -1, kNeverFits = -2;
  struct MemoryFacts {
    Bytes usable{};
    std::vector<int> known;  ///< by pairing: an index of fits, or one of the above
    std::vector<Fit> fits;
  };

  void collect_pipelines();
  void collect_shapes();
  [[nodiscard]] bool is_dominated(const Plan& shape) const;
  [[nodiscard]] int most_replicas(const Plan& shape, int micro_batches) const;
  /// Calls visit(pipeline, memory it takes at least) for each that may hold the shape, the deepest
  /// first, as long as that says so.
  template <class Visit>
  void for_each_roomy(const Plan& shape, Visit&& visit) const;
  [[nodiscard]] Seconds gpu_time_of(const LayerShape& shape) const;
  void remember(Bytes usable);
  bool admits(const Plan& plan);
  void enter(std::size_t shape);
  [[nodiscard]] int ask_memory(const Pairing& pairing);
  template <class Price>
  LayerFloors layers_of(const Plan& plan, std::map<EndsKey, LayerFloors>& known,
                        Price&& price) const;
  [[nodiscard]] LayerFloors sum_layers(const Plan& plan);   ///< kernels alone
  [[nodiscard]] LayerFloors play_layers(const Plan& plan);  ///< and what they exchange
  bool price_exchange(std::size_t shape, Fit& fit);
  PolicyFloors& policy_of(std::size_t shape, const Plan& candidate);
  void learn_exchange(PolicyFloors& policy);
  [[nodiscard]] LayerFloors least_of(std::size_t shape, const Fit& fit,
                                     LayerFloors KnownFloors::*which) const;

  const config::Scenario& scenario_;
  Pricing pricing_;
  Space space_;
  double most_batch_;
  PlanWorkspace* workspace_;
  Fitting fitting_;
  OpList ops_;                                                   ///< scratch
  std::map<EndsKey, LayerFloors> sums_of_ends_, times_of_ends_;  ///< of embedding and logits
  std::vector<LayerShape> shapes_;
  std::vector<std::size_t> by_kernels_;
  std::vector<Pairing> pairings_;
  std::vector<PairingRange> paired_;                 ///< [shape]; empty: not yet asked for
  Bytes most_memory_;                                ///< usable, that any system of the book has
  std::vector<std::vector<PolicyFloors>> policies_;  ///< [shape], of those looked at
  std::vector<std::optional<ActivationTable>> activations_;  ///< [shape], likewise
  std::vector<Pipeline> pipelines_;
  std::array<double, kLayerKindCount> layers_{};  ///< of the model, by LayerKind
  std::vector<MemoryFacts> memories_;             ///< by usable memory, as it was met
  std::size_t memory_ = 0;                        ///< the one in use
  long refused_ = 0;
};

}  // namespace fleetcast
