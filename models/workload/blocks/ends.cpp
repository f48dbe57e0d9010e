#include "models/workload/block.hpp"
#include "models/workload/blocks/parts.hpp"

// What stands before the first and after the last layer.

namespace fleetcast {
namespace {

void embedding(const Transformer& m, const Split& s, OpList& out) {
  const double elements = s.tokens() * m.hidden;
  parts::elementwise(out, "embedding", MemoryKind::kCopy, 4.0 * elements, 8.0 * elements, 2.0, 0.0,
                     kNoModule);
  parts::boundary(out, Boundary::kLeaveTensor, elements, 2.0, kNoModule);
}

void logits(const Transformer& m, const Split& s, OpList& out) {
  using namespace parts;
  const double tokens = s.tokens();
  const double vocab = m.vocab / s.tensor_shards;
  norm(out, "final norm", s.norm_tokens(), m.hidden, s, kNoModule);
  boundary(out, Boundary::kEnterTensor, tokens * m.hidden, 2.0, kNoModule);
  linear(out, "logits", tokens, vocab, m.hidden, s, Cut::kColumns, kNoModule, false);
  // Cross-entropy: bf16 logits read, fp32 copy and exponentials written and read back; the unfused
  // loss makes one more fp32 round trip. Fused with its gradient: logits are read twice and
  // overwritten; backward scales what is there.
  const double passes = s.stack->fused_kernels ? 1.0 : 2.0;
  const double forward = s.stack->fused_loss ? 6.0 : 10.0 * passes;
  const double backward = s.stack->fused_loss ? 4.0 : 8.0 * passes;
  const double kernels = s.stack->fused_loss ? 2.0 : 6.0 * passes;
  const bool shared = s.tensor_shards > 1.0 && s.stack->loss_bytes_tp > 0.0;
  const double kept = shared ? s.stack->loss_bytes_tp : s.stack->loss_bytes;
  elementwise(out, "cross-entropy", MemoryKind::kSoftmax, forward * tokens * vocab,
              backward * tokens * vocab, kernels, kept * tokens * vocab, kNoModule);
}

/// Two norms and the projection of [hidden state, next embedding] (DeepSeek-V3, arXiv:2412.19437).
void mtp(const Transformer& m, const Split& s, OpList& out) {
  using namespace parts;
  norm(out, "mtp norm", 2.0 * s.norm_tokens(), m.hidden, s, kNoModule);
  boundary(out, Boundary::kEnterTensor, 2.0 * s.tokens() * m.hidden, 2.0, kNoModule);
  linear(out, "mtp projection", s.tokens(), m.hidden / s.tensor_shards, 2.0 * m.hidden, s,
         Cut::kColumns, kNoModule);
}

}  // namespace

constinit const Block kEmbeddingBlock{"embedding", embedding};
constinit const Block kLogitsBlock{"logits", logits};
constinit const Block kMtpBlock{"mtp", mtp};

}  // namespace fleetcast
