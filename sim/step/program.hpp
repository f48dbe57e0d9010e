#pragma once

// A priced step: what every engine plays. Durations are known, their order and resources are known,
// overlap and bubbles are not: those are outcomes of playing.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/parallel/layout.hpp"
#include "models/parallel/plan.hpp"
#include "models/workload/block.hpp"
#include "models/workload/op.hpp"

namespace fleetcast {

/// Where a second of the step goes; the keys of `breakdown_s`.
enum class Cost : std::uint8_t {
  kGemm,
  kAttention,
  kMemoryBound,
  kQuantize,
  kRecompute,
  kHost,
  kInterference,
  kTensorComm,
  kContextComm,
  kExpertComm,
  kPipelineComm,
  kDataComm,
  kBubble,
  kOptimizer,
  kStraggler,
  kOverhead,
};
inline constexpr int kCostCount = 16;
std::string_view key_of(Cost cost);
std::string_view meaning_of(Cost cost);

/// Seconds by cost.
struct Breakdown {
  std::array<Seconds, kCostCount> part{};

  Seconds& operator[](Cost c) { return part[static_cast<std::size_t>(c)]; }
  Seconds operator[](Cost c) const { return part[static_cast<std::size_t>(c)]; }
  [[nodiscard]] Seconds total() const;
  Breakdown& operator+=(const Breakdown& other);
  Breakdown& add(const Breakdown& other, double times);
};

/// Resources of one rank: its compute stream, and one communication stream a group.
enum class Stream : std::uint8_t { kCompute, kTensor, kContext, kExpert, kExpertTensor, kData };
inline constexpr int kStreamCount = 6;

/// What else is known of a task; bits.
enum TaskTrait : std::uint8_t {
  kWeightGradient = 1,  ///< nothing of this micro-batch waits for it: schedules may delay it
  kOfExperts = 2,       ///< as much work as tokens were sent to this rank's experts
};

/// What a task sends (sim/step/traffic.hpp): the exchange of the layer's operation i is 2 i on the
/// way forward and 2 i + 1 on the way back; those of sharded states come behind. Kernels send
/// nothing and say whose they are.
inline constexpr std::int16_t kSendsNothing = -1;
inline constexpr std::int16_t kKernelOf = -2;         ///< - i: a kernel of the layer's operation i
inline constexpr std::int16_t kShardExchange = 1024;  ///< + StateShard

/// Sharded weights (ZeRO 3) on their way around a layer.
enum class StateShard : std::uint8_t { kGather, kScatter, kExpertGather, kExpertScatter };
inline constexpr int kStateShardCount = 4;

/// One kernel or collective. It starts when its stream is free and task `after` has ended.
struct Task {
  Seconds duration{};
  Cost cost = Cost::kGemm;
  Stream stream = Stream::kCompute;
  std::int16_t after = -1;  ///< index in the same list; -1: only the stream's order
  bool sync = false;        ///< the CPU waits for its end before it launches what follows
  std::uint8_t traits = 0;  ///< TaskTrait bits
  std::int16_t exchange = kSendsNothing;  ///< below it: of which operation it is a kernel
  Seconds host{};                         ///< CPU time to launch it
};

struct TaskList {
  static constexpr int kCapacity = 192;
  std::array<Task, kCapacity> tasks;
  int count = 0;

  int add(const Task& task) {
    tasks[static_cast<std::size_t>(count)] = task;
    return count++;
  }
  /// The last task on a stream; -1: none.
  [[nodiscard]] int last_on(Stream stream) const {
    int i = count - 1;
    while (i >= 0 && tasks[static_cast<std::size_t>(i)].stream != stream) --i;
    return i;
  }
};

/// Activations of one micro-batch through one layer, on one rank.
struct LayerMemory {
  Bytes saved{};      ///< kept until the backward pass
  Bytes working{};    ///< further bytes alive while it is recomputed
  Bytes transient{};  ///< gradients alive during its backward pass, at most
};

/// One layer of one kind, forward and backward, on one rank.
struct LayerProgram {
  int id = 0;  ///< dense numbering, so that engines can keep what they played
  TaskList forward, backward;
  Seconds forward_host{}, backward_host{};  ///< sum of the tasks' host times
  Seconds weight_gradients{};               ///< part of backward that schedules may delay
  Flops work{};                             ///< executed forward, one rank
  LayerMemory memory;
  double interference = 0.0;  ///< compute lost per second of communication that runs beside it
  double ep_overlap_exposed = 1.0;  ///< share of expert exchange that stays visible at least
};

/// Exchange of states over the data-parallel group, for one layer kind on one rank.
struct StateExchange {
  Seconds reduce{};  ///< gradients of one layer
  Seconds gather{};  ///< weights of one layer
};

/// Where the layers of a pipeline stand. Depends on the model's layers and on pp, vp and schedule
/// only.
struct Layout {
  std::vector<ChunkLayers> virtual_stage;  ///< in model order
  std::vector<ChunkLayers> distinct;       ///< of these: few, so that engines price each once
  std::vector<std::size_t> place;          ///< which of these is at [stage * vp + chunk]
  std::vector<ChunkLayers> stage;          ///< summed over a stage's chunks
  /// One stage of each composition, the one with most micro-batches in flight: what no other stage
  /// of the pipeline exceeds in memory or parameters.
  std::vector<int> fullest;
  std::array<bool, kLayerKindCount> uses{};
};

/// A whole step of one pipeline; every data-parallel replica does the same.
struct Step {
  Plan plan;
  std::array<const LayerProgram*, kLayerKindCount> programs{};
  std::array<StateExchange, kLayerKindCount> states{};
  std::array<RankParameters, kLayerKindCount> parameters{};  ///< of one layer on one rank
  const Layout* layout = nullptr;
  Seconds hop{};               ///< activations from one stage to the next
  Seconds optimizer{};         ///< update of this rank's shard, and gradient norm
  Seconds overhead{};          ///< data loading, logging, synchronisation
  double straggler = 1.0;      ///< slowdown by the slowest of many ranks
  double deferred = 0.0;       ///< share of micro-batches whose weight gradients of the logits wait
                               ///< until the last stage has nothing else to do
  double interference = 0.0;   ///< as LayerProgram, of states exchanged beside compute
  bool overlap_reduce = true;  ///< gradients travel under the backward pass
  bool overlap_gather = true;  ///< weights travel under the forward pass
};

}  // namespace fleetcast
