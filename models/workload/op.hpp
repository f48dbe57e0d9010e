#pragma once

// What one GPU does for one micro-batch of one layer: an ordered list of operations with their true,
// sharded sizes. Blocks write it once, for the forward pass; backward, recompute, memory and FLOP
// counts all follow from the same list.

#include <string_view>

#include "models/base/quantity.hpp"
#include "models/hardware/gpu.hpp"

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
  double head_dim = 0;    ///< of queries and keys
  double value_dim = 0;   ///< of values and outputs
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

enum class CollectiveOp : unsigned char { kAllGather, kReduceScatter, kAllReduce, kAllToAll, kSendRecv };
inline constexpr int kCollectiveOpCount = 5;

}  // namespace fleetcast
