#pragma once

// How a training job is laid over its GPUs. Names are those of Megatron-LM.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fleetcast {

struct Schedule;     // models/cost/schedule.hpp
struct ChunkLayers;  // models/parallel/layout.hpp

enum KeptProduct : std::uint8_t { kKeepQkv = 1, kKeepProjection = 2 };

/// Which activations are computed again in the backward pass instead of being kept.
struct Recompute {
  bool full = false;          ///< whole layers: only a layer's input is kept
  std::uint16_t modules = 0;  ///< Module bits (models/workload/op.hpp)
  double full_layers = 0;     ///< full: only this many layers of each stage chunk; 0 = all
  /// All but core attention and every other matrix product, whose outputs are kept (torchtitan).
  bool every_other = false;
  /// All but these products, whose outputs are kept (JAX: policies that name what is saved).
  std::uint8_t kept_products = 0;  ///< KeptProduct bits

  friend bool operator==(const Recompute&, const Recompute&) = default;
};

/// "none", "selective" (core attention), "full", or a module such as "mlp".
struct RecomputeName {
  std::string_view key;
  std::string_view meaning;
  Recompute value;
};
std::span<const RecomputeName> recompute_names();
const RecomputeName* find_recompute(std::string_view key);

struct Plan {
  int tp = 1;             ///< tensor parallel
  int cp = 1;             ///< context parallel
  int pp = 1;             ///< pipeline parallel
  int vp = 1;             ///< virtual pipeline chunks a stage
  int ep = 1;             ///< expert parallel
  int etp = 1;            ///< tensor parallel inside an expert
  int dp = 1;             ///< data parallel, of the dense layers
  int micro_batch = 1;    ///< sequences
  int micro_batches = 1;  ///< a step, per data-parallel rank
  int zero = 1;           ///< 0: all replicated; 1: optimizer; 2: + gradients; 3: + weights (FSDP)
  int shard_group = 0;    ///< zero >= 1: ranks that share one copy; 0 = all data-parallel ranks
  bool sequence_parallel = true;
  int offload_layers = 0;   ///< layers whose activations wait in host memory, of the whole model
  bool ep_overlap = false;  ///< all-to-all of one micro-batch under another's compute
  Recompute recompute;
  const Schedule* schedule = nullptr;
  const std::vector<ChunkLayers>* layout = nullptr;  ///< stages cut by hand; null: cut_layers

  [[nodiscard]] int gpus() const { return tp * cp * pp * dp; }
  [[nodiscard]] int global_batch() const { return dp * micro_batch * micro_batches; }
  /// Data-parallel ranks of one expert.
  [[nodiscard]] int expert_dp() const { return tp * cp * dp / (ep * etp); }
};

/// Ranks that talk to each other for one purpose.
enum class Group : unsigned char {
  kTensor,
  kContext,
  kData,
  kPipeline,
  kExpertTensor,
  kExpert,
  kExpertData,
};
inline constexpr int kGroupCount = 7;

/// A group's place in the rank grid: `size` ranks, `stride` apart. The grid is a mixed-radix
/// number, tensor fastest, then context, data, pipeline; for experts: expert-tensor, expert, data,
/// pipeline.
struct GroupPlace {
  int size = 1;
  int stride = 1;
};
GroupPlace place(Group group, const Plan& plan);

}  // namespace fleetcast
