#include <algorithm>

#include "models/workload/block.hpp"
#include "models/workload/blocks/parts.hpp"

namespace fleetcast {
namespace {

/// Scores kept by an unfused kernel: softmax output at 2 bytes, and with dropout its mask at 1 and
/// its output at 2 (Korthikanti et al. 2022, arXiv:2205.05198: 5 a s^2 b).
double unfused_scores(const AttentionShape& a, bool dropout) {
  return (dropout ? 5.0 : 2.0) * a.batch * a.heads * a.queries * a.keys;
}

void emit(const Transformer& m, const Split& s, OpList& out) {
  using namespace parts;
  const double tokens = s.tokens();
  const double head = m.head_size();
  const double heads = m.heads / s.tensor_shards;
  // Fewer key/value heads than tensor shards: each rank holds a copy of one.
  const double kv_heads = std::max(1.0, m.kv_heads / s.tensor_shards);
  const double q = heads * head;
  const double kv = kv_heads * head;

  norm(out, "input norm", s.norm_tokens(), m.hidden, s, kAttentionModule);
  boundary(out, Boundary::kEnterTensor, tokens * m.hidden, 2.0, kAttentionModule);
  linear(out, "qkv", tokens, q + 2.0 * kv, m.hidden, s, Cut::kColumns, kAttentionModule);
  keep_every_other(out, {q, kv, kv});
  if (m.learned_positions == 0.0)
    elementwise(out, "rotary", MemoryKind::kActivation, 4.0 * tokens * (q + kv),
                4.0 * tokens * (q + kv), s.stack->fused_kernels ? 2.0 : 8.0, 0.0, kAttentionModule);
  boundary(out, Boundary::kKeyValue, tokens * 2.0 * kv, 2.0, kAttentionModule);

  Op& core = out.add();
  core.kind = OpKind::kAttention;
  core.name = "core attention";
  core.modules = kCoreAttention | kAttentionModule;
  core.attention = {s.micro_batch, heads, kv_heads, head, head, s.seq_len / s.sequence_shards,
                    s.seq_len,     true};
  core.saved = Bytes{2.0 * tokens * (q + 2.0 * kv)};
  core.output = Bytes{2.0 * tokens * q};
  if (s.stack->attention == "unfused")
    core.saved_inside = Bytes{unfused_scores(core.attention, s.stack->dropout)};
  if (m.sliding_window > 0.0 && m.sliding_window < s.seq_len) {
    // Averaged over layers: one in `every` sees the window only.
    const double share = 1.0 / m.sliding_window_every;
    const double window = 2.0 * m.sliding_window;  // the kernel halves for causality
    core.attention.keys = share * std::min(window, s.seq_len) + (1.0 - share) * s.seq_len;
  }
  linear(out, "projection", tokens, m.hidden, q, s, Cut::kRows, kAttentionModule);
  keep_every_other(out, {m.hidden / s.norm_shards});
  boundary(out, Boundary::kLeaveTensor, tokens * m.hidden, 2.0, kAttentionModule);
  residual(out, s.norm_tokens(), m.hidden, s);
}

}  // namespace

constinit const Block kAttentionBlock{"attention", emit};

}  // namespace fleetcast
