#pragma once

// The parts a transformer is made of. A block writes its forward operations at this rank's sizes;
// time, FLOPs, activation memory, recompute and backward all follow from that one list.

#include <array>
#include <span>
#include <string_view>

#include "models/workload/op.hpp"
#include "models/workload/split.hpp"
#include "models/workload/transformer.hpp"

namespace fleetcast {

struct Block {
  std::string_view key;
  /// Requires: sizes of `split` divide those of `model` where they must (models/parallel admits).
  void (*emit)(const Transformer& model, const Split& split, OpList& out);
};

extern const Block kAttentionBlock;  ///< norm, QKV, rotary, core attention, projection, residual
extern const Block kLatentBlock;     ///< the same for multi-head latent attention
extern const Block kMlpBlock;        ///< norm, up, activation, down, residual
extern const Block kMoeBlock;        ///< norm, router, dispatch, experts, combine, shared experts
extern const Block kEmbeddingBlock;  ///< look-up
extern const Block kLogitsBlock;     ///< final norm, output projection, cross-entropy
extern const Block kMtpBlock;        ///< the projection in front of a multi-token-prediction layer

std::span<const Block* const> blocks();

/// What a pipeline stage is built of.
enum class LayerKind : unsigned char { kDense, kMoe, kEmbedding, kLogits, kMtp };
inline constexpr int kLayerKindCount = 5;

/// All operations of one layer of this kind, in order.
void emit_layer(LayerKind kind, const Transformer& model, const Split& split, OpList& out);

/// Weights of one layer of this kind on one rank: `dense` divided by tensor, `expert` by expert and
/// expert-tensor shards.
struct RankParameters {
  double dense = 0;
  double expert = 0;
};
RankParameters rank_parameters(LayerKind kind, const Transformer& model,
                               const ParameterCount& count, const Split& split);

}  // namespace fleetcast
