#pragma once

// What one GPU must hold. Part by part, so that a plan that does not fit can say why.

#include "models/base/quantity.hpp"

namespace fleetcast {

/// Peak memory of one rank.
struct MemoryUse {
  Bytes weights{};
  Bytes gradients{};
  Bytes optimizer{};
  Bytes activations{};  ///< kept from forward to backward, all micro-batches in flight
  Bytes working{};  ///< alive within one layer: recomputed activations, gathered weights, logits
  Bytes buffers{};  ///< context, library workspaces, communication buffers
  Bytes fragmentation{};

  /// What an allocator counts as handed out; what frameworks report as their peak.
  [[nodiscard]] Bytes allocated() const {
    return weights + gradients + optimizer + activations + working;
  }
  [[nodiscard]] Bytes total() const { return allocated() + buffers + fragmentation; }
};

/// What lies beside tensors. Assumptions, from: SimuMax (reserved = allocated / 0.94, 43 measured
/// rows), and CUDA context, cuBLAS workspaces and NCCL channels of a handful of communicators.
inline constexpr double kAllocatorShare = 1.0 / 0.94 - 1.0;
inline constexpr Bytes kContextBuffers{2.0 * 1024 * 1024 * 1024};

}  // namespace fleetcast
