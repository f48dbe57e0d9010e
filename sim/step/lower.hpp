#pragma once

// From a plan to a priced step: blocks write operations, dimensions divide them and add exchange,
// kernels and collectives price them.

#include <deque>
#include <map>
#include <tuple>
#include <unordered_map>

#include "models/cost/calibration.hpp"
#include "models/cost/system.hpp"
#include "models/parallel/dimension.hpp"
#include "models/workload/precision.hpp"
#include "models/workload/stack.hpp"
#include "sim/step/product_prices.hpp"
#include "sim/step/program.hpp"

namespace fleetcast {

/// Everything of a forecast that a plan does not change.
struct Pricing {
  const System* system = nullptr;
  Job job;
  ParameterCount parameters;
  const Precision* precision = nullptr;
  const Stack* stack = nullptr;
  Calibration calibration;
};

/// The caller's, one a thread.
struct LoweringWorkspace {
  OpList ops;              ///< of the layer being lowered
  ProductPrices products;  ///< clear them when chip or recipe change
};

/// Writes all of `out` but its id.
/// Requires: misfit_of(pricing.job, plan).fits(), and the chip runs the precision's format.
void lower_layer(LayerKind kind, const Pricing& pricing, const Plan& plan,
                 LoweringWorkspace& workspace, LayerProgram& out);

/// Kernels and launches of one layer, added up: its passes take no less on any network, however
/// what they exchange overlaps.
struct LayerSums {
  Seconds forward{}, backward{};
  Seconds weight_gradients{};  ///< part of backward
};
/// Requires: as lower_layer. Sharded weights (ZeRO 3) add to it, and are left out.
LayerSums sum_layer(LayerKind kind, const Pricing& pricing, const Plan& plan,
                    LoweringWorkspace& workspace);

/// Layer programs already lowered and layouts already cut, by the few parts of a plan that change
/// them. One a thread; clear programs when the Pricing changes (but for the batch), all with chips.
/// Layouts stay as long as the model's layers do: they have no price.
class ProgramCache {
 public:
  const LayerProgram& find_or_lower(LayerKind kind, const Pricing& pricing, const Plan& plan);
  const Layout& find_or_cut(const Pricing& pricing, const Plan& plan);
  /// As sum_layer; not kept.
  LayerSums sum(LayerKind kind, const Pricing& pricing, const Plan& plan) {
    return sum_layer(kind, pricing, plan, lowering_);
  }
  void clear();
  void clear_programs();  ///< layouts stay: they depend on the model alone
  [[nodiscard]] std::size_t size() const { return programs_.size(); }

 private:
  struct Key {
    std::array<int, 12> part{};
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  static Key key_for(LayerKind kind, const Plan& plan);
  std::unordered_map<Key, const LayerProgram*, Hash> programs_;
  LoweringWorkspace lowering_;
  std::deque<LayerProgram> lowered_;  ///< by id; 12 KB each, so clear() leaves them to be reused
  std::map<std::tuple<int, int, const Schedule*, const std::vector<ChunkLayers>*>, Layout> layouts_;
  LayerPattern cut_;  ///< into these layouts
};

/// Whether weight gradients of the logits may be put off to the end of a pipeline (Megatron-Core,
/// defer_embedding_wgrad_compute).
bool may_defer_logits(const Pricing& pricing);

/// Which layers stand where and what weights they have: enough to count states and activations.
void place_layers(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out);

/// In two parts, so that a search prices exchange only for plans that fit and may be fast enough:
/// layers, weights and optimizer first (enough for memory and for a bound on the step's time), then
/// what stages and data-parallel ranks send each other. Requires: as lower_layer.
void lower_layers(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out);
void lower_exchange(const Pricing& pricing, Step& out);
/// Both.
void lower(const Pricing& pricing, const Plan& plan, ProgramCache& cache, Step& out);

/// Bytes a parameter takes on the wire of a gather, and as compute weight: a bf16 copy beside the
/// quantised ones unless the stack keeps none.
double gather_bytes(const Pricing& pricing);
double weight_bytes(const Pricing& pricing);

/// Multi-token-prediction modules share the output matrix of the logits.
int copies_of_weights(LayerKind kind, int layers);

/// Weights of a stage (or chunk) on one rank. Requires: a lowered step.
RankParameters stage_parameters(const Step& step, const ChunkLayers& stage);

/// Slowdown of a job of this size by the slowest of its GPUs.
double straggler_of(const System& system, const Calibration& fitted, double gpus);

/// One collective on its way over the network.
struct Sent {
  CollectiveOp op{};
  Bytes payload{};  ///< nccl-tests convention, models/cost/collective.hpp
  NetworkGroup ranks;
  Group group = Group::kTensor;  ///< whose ranks these are, or some of them
  GroupPlace where;              ///< of these ranks in the rank grid
};

/// A collective in training: beside others where it leaves the domain.
Seconds exchange_time(const Sent& sent, const Pricing& pricing);
/// What measured training reaches of the links that this group crosses.
double link_rate(const NetworkGroup& group, const Pricing& pricing);

/// Some collectives; one after the other, unless said otherwise.
struct SentList {
  static constexpr int kCapacity = 4;
  int count = 0;
  std::array<Sent, kCapacity> sent;

  void add(const Sent& next) { sent[static_cast<std::size_t>(count++)] = next; }
  [[nodiscard]] const Sent* begin() const { return sent.data(); }
  [[nodiscard]] const Sent* end() const { return sent.data() + count; }
};

/// Gradients and weights of one layer, between ranks that share its states.
struct StatesSent {
  SentList reduce, gather;
};
StatesSent states_sent(const RankParameters& layer, const Pricing& pricing, const Plan& plan);
/// Activations from one stage to the next. Requires: plan.pp > 1.
SentList hop_sent(const Pricing& pricing, const Plan& plan);

/// Where one group's ranks lie in this network.
NetworkGroup group_of(Group group, const Plan& plan, const Network& network);

/// Of a data-parallel group, ranks that share one copy of the sharded states: all, or those of one
/// shard group (Megatron-Core: --num-distributed-optimizer-instances).
NetworkGroup sharing_group(Group group, const Plan& plan, const Network& network);
GroupPlace sharing_place(Group group, const Plan& plan);

/// What the optimizer moves through memory in a step, on the rank that moves most.
struct OptimizerTraffic {
  Bytes read{}, written{};
};
OptimizerTraffic optimizer_traffic(const Pricing& pricing, const Step& step);

}  // namespace fleetcast
