#include "models/workload/block.hpp"
#include "models/workload/blocks/parts.hpp"

namespace fleetcast {
namespace {

// Multi-head latent attention as trained: keys and values are expanded before the core kernel
// (DeepSeek-V2, arXiv:2405.04434). Down projections are replicated over tensor ranks.
void emit(const Transformer& m, const Split& s, OpList& out) {
  using namespace parts;
  const LatentAttention& a = *m.mla;
  const double tokens = s.tokens();
  const double outside = s.norm_tokens();
  const double heads = m.heads / s.tensor_shards;
  const double qk = a.qk_nope_head_dim + a.qk_rope_head_dim;
  const double kv_up = heads * (a.qk_nope_head_dim + a.v_head_dim);
  constexpr std::uint16_t kUp = kAttentionModule | kMlaUpProjection;

  norm(out, "input norm", outside, m.hidden, s, kAttentionModule);
  linear(out, "kv down", outside, a.kv_lora_rank + a.qk_rope_head_dim, m.hidden, s, Cut::kWhole,
         kAttentionModule);
  keep_every_other(out, {a.kv_lora_rank + a.qk_rope_head_dim});
  norm(out, "kv norm", outside, a.kv_lora_rank, s, kAttentionModule);
  if (a.q_lora_rank > 0.0) {
    linear(out, "q down", outside, a.q_lora_rank, m.hidden, s, Cut::kWhole, kAttentionModule);
    keep_every_other(out, {a.q_lora_rank});
    norm(out, "q norm", outside, a.q_lora_rank, s, kAttentionModule);
  }
  const double q_in = a.q_lora_rank > 0.0 ? a.q_lora_rank : m.hidden;
  boundary(out, Boundary::kEnterTensor, tokens * (q_in + a.kv_lora_rank + a.qk_rope_head_dim), 2.0,
           kAttentionModule);
  linear(out, "q up", tokens, heads * qk, q_in, s, Cut::kColumns, kUp);
  keep_every_other(out, {heads * qk});
  linear(out, "kv up", tokens, kv_up, a.kv_lora_rank, s, Cut::kColumns, kUp);
  keep_every_other(out, {kv_up});
  // Rotary on the shared part, then concatenation of the per-head keys and queries.
  elementwise(out, "rotary and concat", MemoryKind::kActivation, 4.0 * tokens * heads * 2.0 * qk,
              4.0 * tokens * heads * 2.0 * qk, s.stack->fused_kernels ? 4.0 : 12.0, 0.0, kUp);
  boundary(out, Boundary::kKeyValue, tokens * heads * (qk + a.v_head_dim), 2.0, kAttentionModule);

  Op& core = out.add();
  core.kind = OpKind::kAttention;
  core.name = "core attention";
  core.modules = kCoreAttention | kAttentionModule;
  core.attention = {s.micro_batch, heads, heads, qk, a.v_head_dim, s.seq_len / s.sequence_shards,
                    s.seq_len,     true};
  core.saved = Bytes{2.0 * tokens * heads * (2.0 * qk + a.v_head_dim)};
  core.output = Bytes{2.0 * tokens * heads * a.v_head_dim};
  linear(out, "projection", tokens, m.hidden, heads * a.v_head_dim, s, Cut::kRows,
         kAttentionModule);
  keep_every_other(out, {m.hidden / s.norm_shards});
  boundary(out, Boundary::kLeaveTensor, tokens * m.hidden, 2.0, kAttentionModule);
  residual(out, outside, m.hidden, s);
}

}  // namespace

constinit const Block kLatentBlock{"mla", emit};

}  // namespace fleetcast
