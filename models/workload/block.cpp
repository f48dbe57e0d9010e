#include "models/workload/block.hpp"

namespace fleetcast {
namespace {

constexpr std::array<const Block*, 7> kBlocks{&kAttentionBlock, &kLatentBlock,    &kMlpBlock,
                                              &kMoeBlock,       &kEmbeddingBlock, &kLogitsBlock,
                                              &kMtpBlock};

const Block& attention_of(const Transformer& model) {
  return model.is_latent() ? kLatentBlock : kAttentionBlock;
}

/// What every tensor rank holds whole: down projections of latent attention (Megatron-Core
/// multi_latent_attention.py duplicates them).
double whole_attention(const Transformer& model) {
  if (!model.is_latent()) return 0.0;
  const LatentAttention& a = *model.mla;
  return model.hidden * (a.q_lora_rank + a.kv_lora_rank + a.qk_rope_head_dim);
}

}  // namespace

std::span<const Block* const> blocks() { return kBlocks; }

void emit_layer(LayerKind kind, const Transformer& model, const Split& split, OpList& out) {
  switch (kind) {
    case LayerKind::kDense:
      attention_of(model).emit(model, split, out);
      kMlpBlock.emit(model, split, out);
      break;
    case LayerKind::kMoe:
      attention_of(model).emit(model, split, out);
      kMoeBlock.emit(model, split, out);
      break;
    case LayerKind::kEmbedding: kEmbeddingBlock.emit(model, split, out); break;
    case LayerKind::kLogits: kLogitsBlock.emit(model, split, out); break;
    case LayerKind::kMtp: kMtpBlock.emit(model, split, out); break;
  }
}

RankParameters rank_parameters(LayerKind kind, const Transformer& model,
                               const ParameterCount& count, const Split& split) {
  const double tensor = split.tensor_shards;
  const double whole = whole_attention(model);
  const double routes = model.hidden * model.experts;  // the router's matrix, whole on every rank
  switch (kind) {
    case LayerKind::kDense:
      return {(count.attention_layer + count.dense_mlp - whole) / tensor + whole, 0.0};
    case LayerKind::kMoe:
      return {(count.attention_layer + count.router - whole - routes) / tensor + whole + routes,
              model.experts * count.expert / (split.expert_shards * split.expert_tensor_shards)};
    case LayerKind::kEmbedding: return {count.embedding / tensor, 0.0};
    case LayerKind::kLogits: return {count.output / tensor, 0.0};
    case LayerKind::kMtp: return {2.0 * model.hidden * model.hidden / tensor, 0.0};
  }
  return {};
}

}  // namespace fleetcast
