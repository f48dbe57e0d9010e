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
  /// What the allocator holds, and what the driver sees.
  [[nodiscard]] Bytes reserved() const { return allocated() + fragmentation; }
  [[nodiscard]] Bytes total() const { return reserved() + buffers; }
};

/// Driver and kernel images of a process: nvidia-smi shows 1573 MiB after the first tensor on an
/// A100 (BigScience, chronicles of the 176B model).
inline constexpr Bytes kContextBuffers{1573.0 * 1024 * 1024};
/// NCCL's channels of one communicator. An assumption: about 24, each with the receiving buffers of
/// a ring, 4 MiB (NCCL_BUFFSIZE) and 5.2 MiB (LL128, LL).
inline constexpr Bytes kCommunicatorBuffers{0.25 * 1024 * 1024 * 1024};

}  // namespace fleetcast
