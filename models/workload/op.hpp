#pragma once

// What one GPU does for one micro-batch of one layer: an ordered list of operations with their
// true, sharded sizes. Blocks write it once, for the forward pass; backward, recompute, memory and
// FLOP counts all follow from the same list.

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/dtype.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

enum class Pass : unsigned char { kForward, kBackward };

/// C[m,n] = A[m,k] B[k,n], `groups` times (grouped GEMM of experts: m rows each).
struct GemmShape {
  double m = 0, n = 0, k = 0;
  double groups = 1;

  [[nodiscard]] constexpr Flops work() const { return Flops{2.0 * m * n * k * groups}; }
};

/// Softmax(QK^T)V of one rank. FLOPs of a causal kernel are half of the full square.
struct AttentionShape {
  double batch = 0, heads = 0, kv_heads = 0;
  double head_dim = 0;   ///< of queries and keys
  double value_dim = 0;  ///< of values and outputs
  double queries = 0, keys = 0;
  bool causal = true;

  /// Forward FLOPs that the kernel executes; backward executes 2.5 times as many (flash attention
  /// recomputes QK^T).
  [[nodiscard]] constexpr Flops work() const {
    const double square = 2.0 * batch * heads * queries * keys * (head_dim + value_dim);
    return Flops{causal ? 0.5 * square : square};
  }
};

/// Memory-bound kernels, each with its own measured efficiency (hardware/curve.hpp).
enum class MemoryKind : unsigned char {
  kCopy,        ///< residual adds, transposes, embedding look-up
  kNorm,        ///< RMSNorm, LayerNorm
  kActivation,  ///< SwiGLU, GeLU, rotary
  kSoftmax,     ///< cross-entropy, unfused attention scores
  kPermute,     ///< token permutation of MoE layers
  kQuantize,    ///< casts and scales of low-precision recipes
  kOptimizer,   ///< Adam step, gradient norms
};
inline constexpr int kMemoryKindCount = 7;

/// Bytes a memory-bound kernel moves, and how many kernels it takes.
struct Traffic {
  MemoryKind kind = MemoryKind::kCopy;
  Bytes bytes{};
  double kernels = 1;
};

enum class CollectiveOp : unsigned char {
  kAllGather,
  kReduceScatter,
  kAllReduce,
  kAllToAll,
  kSendRecv
};
inline constexpr int kCollectiveOpCount = 5;

/// Places in a layer where ranks meet. A block marks them; the parallelism dimensions say what is
/// exchanged there (models/parallel).
enum class Boundary : unsigned char {
  kEnterTensor,        ///< sequence shard to full sequence, before a column-parallel linear
  kLeaveTensor,        ///< partial sums to sequence shard, after a row-parallel linear
  kKeyValue,           ///< keys and values of the whole sequence
  kDispatch,           ///< tokens to their experts
  kEnterExpertTensor,  ///< as kEnterTensor, inside an expert
  kLeaveExpertTensor,
  kCombine,  ///< expert outputs back to their tokens
};

/// Parts of a layer that can be recomputed on their own; an operation may belong to several.
enum Module : std::uint16_t {
  kCoreAttention = 1,
  kLayerNorm = 2,
  kMlaUpProjection = 4,
  kMlpModule = 8,
  kActivationModule = 16,
  kMoeModule = 32,
  kSharedExpert = 64,
  kAttentionModule = 128,
  kQuantizeModule = 256,
  kRouter = 512,
  kNoModule = 0,
};

enum class OpKind : unsigned char { kLinear, kGroupedLinear, kAttention, kMemory, kBoundary };

/// One operation of the forward pass, on one rank, for one micro-batch. Its backward pass follows:
/// a linear has a data and a weight gradient, a boundary the mirrored exchange.
struct Op {
  OpKind kind = OpKind::kMemory;
  std::string_view name;
  std::uint16_t modules = kNoModule;
  bool low_precision = false;  ///< follows the precision recipe; false: stays in bf16
  GemmShape gemm;              ///< kLinear, kGroupedLinear (m is rows of one group)
  AttentionShape attention;    ///< kAttention
  Traffic forward, backward;   ///< kMemory
  Boundary boundary = Boundary::kEnterTensor;
  Bytes payload{};       ///< kBoundary: bytes of the whole tensor at 2 bytes an element
  Bytes saved_inside{};  ///< made by this op, kept for its own backward pass
  Bytes saved{};         ///< of this op's input, kept for the backward pass
  Bytes output{};        ///< kept where every other product's output is, and what cannot run again
  bool unread = false;   ///< no backward pass reads its output: a layer's last product
};

/// Operations of one layer, in order; a fixed array, so that building one never allocates.
struct OpList {
  static constexpr int kCapacity = 64;
  std::array<Op, kCapacity> ops;
  int count = 0;
  int products = 0;  ///< matrix products so far, fused ones counted apart

  /// One more, for the caller to fill in where it stands: it is long to copy.
  Op& add() { return ops[static_cast<std::size_t>(count++)] = {}; }
  [[nodiscard]] const Op* begin() const { return ops.data(); }
  [[nodiscard]] const Op* end() const { return ops.data() + count; }
};

}  // namespace fleetcast
