#pragma once

// Which layers stand on which pipeline chunk.

#include <array>
#include <span>

#include "models/parallel/plan.hpp"
#include "models/workload/block.hpp"
#include "models/workload/transformer.hpp"

namespace fleetcast {

/// Layers of one virtual pipeline chunk, by kind (LayerKind).
struct ChunkLayers {
  std::array<short, kLayerKindCount> count{};

  [[nodiscard]] short& of(LayerKind kind) { return count[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] short of(LayerKind kind) const { return count[static_cast<std::size_t>(kind)]; }
  /// Transformer layers, without embedding and logits.
  [[nodiscard]] int transformer_layers() const {
    return of(LayerKind::kDense) + of(LayerKind::kMoe);
  }

  friend bool operator==(const ChunkLayers&, const ChunkLayers&) = default;
};

/// In model order; backward passes go through them in reverse.
inline constexpr std::array kModelOrder{LayerKind::kEmbedding, LayerKind::kDense, LayerKind::kMoe,
                                        LayerKind::kMtp, LayerKind::kLogits};

/// Cuts the layers into `out.size()` chunks in model order: ceil(layers / chunks) each, and where
/// that is too many, one layer less at both ends (last first), next to embedding and logits. A
/// model with multi-token prediction has fewer on its last chunks alone, which carry the modules.
/// Requires: 1 <= out.size() <= layers + 2.
void cut_layers(const LayerPattern& model, std::span<ChunkLayers> out);

}  // namespace fleetcast
