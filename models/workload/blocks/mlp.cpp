#include "models/workload/block.hpp"
#include "models/workload/blocks/parts.hpp"

namespace fleetcast {
namespace {

void emit(const Transformer& m, const Split& s, OpList& out) {
  using namespace parts;
  const double tokens = s.tokens();
  const double width = m.ffn_hidden / s.tensor_shards;
  const double up = m.gated ? 2.0 * width : width;

  norm(out, "mlp norm", s.norm_tokens(), m.hidden, s, kMlpModule);
  boundary(out, Boundary::kEnterTensor, tokens * m.hidden, 2.0, kMlpModule);
  linear(out, "mlp up", tokens, up, m.hidden, s, Cut::kColumns, kMlpModule);
  m.gated ? keep_every_other(out, {width, width}) : keep_every_other(out, {width});
  // Reads the up projection, writes the product; backward reads both and the gradient.
  elementwise(out, "activation", MemoryKind::kActivation, 2.0 * tokens * (up + width),
              2.0 * tokens * (2.0 * up + width), s.stack->fused_kernels ? 1.0 : 3.0,
              s.stack->activation_bytes * tokens * up, kMlpModule | kActivationModule);
  linear(out, "mlp down", tokens, m.hidden, width, s, Cut::kRows, kMlpModule);
  keep_last_product(out, m.hidden / s.norm_shards);
  boundary(out, Boundary::kLeaveTensor, tokens * m.hidden, 2.0, kMlpModule);
  residual(out, s.norm_tokens(), m.hidden, s);
}

}  // namespace

constinit const Block kMlpBlock{"mlp", emit};

}  // namespace fleetcast
