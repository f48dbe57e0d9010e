#include "models/workload/block.hpp"
#include "models/workload/blocks/parts.hpp"

namespace fleetcast {
namespace {

bool fused(const Split& s) { return s.stack->fuses_experts(s.precision->microscaling); }

/// What a GEMM of experts quantises: its input forward, the gradient of its output backward. Where
/// kernels are fused, the GEMM before it has done so.
struct Casts {
  bool input = true;
  bool gradient = true;
};

/// Expert GEMM over the rows every local expert receives. A loop over experts
/// casts each one's rows apart (Transformer Engine, GroupedLinear).
void grouped(OpList& out, std::string_view name, const GemmShape& shape, const Split& s,
             Casts casts) {
  const Precision& p = *s.precision;
  const double rows = shape.m * shape.groups;
  if (p.quantize_kernels > 0) {
    const double kernels =
        p.quantize_kernels * (s.stack->grouped_gemm || fused(s) ? 1.0 : shape.groups);
    Op& cast = out.add();
    cast.name = "quantize";
    cast.modules = kMoeModule | kQuantizeModule;
    const auto traffic = [&](bool present, double columns) {
      const double share = present ? 1.0 : 0.0;
      return Traffic{MemoryKind::kQuantize, Bytes{share * parts::cast_bytes(s) * rows * columns},
                     share * kernels};
    };
    cast.forward = traffic(casts.input, shape.k);
    cast.backward = traffic(casts.gradient, shape.n);
  }
  Op& op = out.add();
  op.kind = OpKind::kGroupedLinear;
  op.name = name;
  op.modules = kMoeModule;
  op.low_precision = true;
  op.gemm = shape;
  op.saved = Bytes{rows * shape.k * p.saved_bytes};
}

/// Sorting tokens by expert, or back: one read and one write of every copy.
void permute(OpList& out, std::string_view name, double elements, double saved, const Split& s) {
  const double passes = s.stack->fused_permute ? 1.0 : 2.0;
  parts::elementwise(out, name, MemoryKind::kPermute, 4.0 * elements * passes,
                     4.0 * elements * passes, 2.0 * passes, saved, kMoeModule);
}

void shared_expert(const Transformer& m, const Split& s, OpList& out) {
  using namespace parts;
  const double tokens = s.tokens();
  const double width = m.shared_experts * m.shared_expert_ffn_hidden / s.tensor_shards;
  const double up = m.gated ? 2.0 * width : width;
  constexpr std::uint16_t kShared = kSharedExpert | kMoeModule;
  boundary(out, Boundary::kEnterTensor, tokens * m.hidden, 2.0, kShared);
  linear(out, "shared up", tokens, up, m.hidden, s, Cut::kColumns, kShared);
  m.gated ? keep_every_other(out, {width, width}) : keep_every_other(out, {width});
  elementwise(out, "shared activation", MemoryKind::kActivation, 2.0 * tokens * (up + width),
              2.0 * tokens * (2.0 * up + width), 1.0, s.stack->activation_bytes * tokens * up,
              kShared | kActivationModule);
  linear(out, "shared down", tokens, m.hidden, width, s, Cut::kRows, kShared);
  keep_last_product(out, m.hidden / s.norm_shards);
  boundary(out, Boundary::kLeaveTensor, tokens * m.hidden, 2.0, kShared);
}

void emit(const Transformer& m, const Split& s, OpList& out) {
  using namespace parts;
  const double outside = s.norm_tokens();   // tokens this rank routes
  const double copies = outside * m.top_k;  // and sends to experts
  // Balanced, as many come as go; the busiest rank gets more, and all wait for it.
  const double arriving = copies * s.stack->expert_imbalance;
  const double received = arriving * s.expert_tensor_shards;
  const double local = m.experts / s.expert_shards;
  const double rows = received / local;
  const double width = m.moe_ffn_hidden / s.expert_tensor_shards;
  const double up = m.gated ? 2.0 * width : width;

  norm(out, "moe norm", outside, m.hidden, s, kMoeModule);
  if (m.shared_experts > 0.0) shared_expert(m, s, out);
  constexpr std::uint16_t kRoute = kMoeModule | kRouter;
  linear(out, "router", outside, m.experts, m.hidden, s, Cut::kWhole, kRoute, false);
  // Softmax, top-k, load statistics: small kernels whose launches count.
  elementwise(out, "route", MemoryKind::kSoftmax, 8.0 * outside * m.experts,
              8.0 * outside * m.experts, s.stack->fused_permute ? 6.0 : 14.0,
              4.0 * outside * m.experts, kRoute);
  permute(out, "permute", copies * m.hidden, 0.0, s);
  boundary(out, Boundary::kDispatch, arriving * m.hidden, 2.0, kMoeModule);
  boundary(out, Boundary::kEnterExpertTensor, received * m.hidden, 2.0, kMoeModule);
  if (local > 1.0) permute(out, "sort by expert", received * m.hidden, 0.0, s);
  const bool in_gemm = fused(s);
  const double apart = in_gemm ? 0.0 : 1.0;
  grouped(out, "expert up", {rows, up, m.hidden, local}, s, {true, !in_gemm});
  elementwise(out, "expert activation", MemoryKind::kActivation,
              apart * 2.0 * received * (up + width), apart * 2.0 * received * (2.0 * up + width),
              apart, s.stack->activation_bytes * received * up, kMoeModule | kActivationModule);
  grouped(out, "expert down", {rows, m.hidden, width, local}, s, {!in_gemm, true});
  if (local > 1.0) permute(out, "unsort", received * m.hidden, 0.0, s);
  boundary(out, Boundary::kLeaveExpertTensor, received * m.hidden, 2.0, kMoeModule);
  boundary(out, Boundary::kCombine, arriving * m.hidden, 2.0, kMoeModule);
  // Fused kernels weigh expert outputs inside the activation: nothing is kept for the
  // probabilities.
  permute(out, "unpermute", copies * m.hidden,
          s.stack->fused_permute ? 0.0 : 2.0 * copies * m.hidden, s);
  residual(out, outside, m.hidden, s);
}

}  // namespace

constinit const Block kMoeBlock{"moe", emit};

}  // namespace fleetcast
