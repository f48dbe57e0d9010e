#include "sim/engine/chip/layer_kernels.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "models/base/quantity_text.hpp"

namespace fleetcast::chip {
namespace {

/// Collects the kernels of one layer.
class Lister {
 public:
  Lister(const Pricing& pricing, const Plan& plan)
      : pricing_(pricing), price_(pricing, plan), recipe_(pricing.precision->gemm) {}

  [[nodiscard]] const Split& split() const { return price_.split(); }

  void add_linear(const Op& op) {
    const GemmShape& g = op.gemm;
    const std::string name(op.name);
    add(name, gemm(op, g, false), price_.product(op, g, false));
    add(name + " dgrad", gemm(op, {g.m, g.k, g.n, g.groups}, false), price_.input_gradient(op));
    add(name + " wgrad", gemm(op, {g.n, g.k, g.m, g.groups}, true), price_.weight_gradient(op));
  }

  void add_attention(const Op& op) {
    for (const Pass pass : {Pass::kForward, Pass::kBackward})
      add(std::string(op.name) + (pass == Pass::kForward ? "" : " backward"),
          AttentionProblem{op.attention, pass, wide()}, price_.attention(op, pass));
  }

  std::vector<LayerKernel> take() { return std::move(out_); }

 private:
  void add(std::string name, const Problem& problem, Seconds fitted) {
    const std::string text = text_of(problem);
    const bool known = std::any_of(out_.begin(), out_.end(), [&](const LayerKernel& other) {
      return text_of(other.problem) == text && other.fitted == fitted;
    });
    if (!known) out_.push_back({std::move(name), problem, fitted});
  }

  /// What attention, and a recipe's products outside of it, compute in.
  [[nodiscard]] Dtype wide() const {
    return pricing_.system->chip.runs(Dtype::kBf16) ? Dtype::kBf16 : Dtype::kFp16;
  }

  [[nodiscard]] GemmProblem gemm(const Op& op, const GemmShape& shape, bool accumulates) const {
    const bool recipe = op.low_precision || bits_of(recipe_) >= 16.0;
    const double out = accumulates ? 2.0 * pricing_.stack->grad_bytes : 2.0;
    return {.shape = shape, .in = recipe ? recipe_ : wide(), .out = Bytes{out}};
  }

  const Pricing& pricing_;
  LayerPricer price_;
  Dtype recipe_;
  std::vector<LayerKernel> out_;
};

std::string_view key_of(Dtype d) {
  constexpr std::array<std::string_view, kDtypeCount> kKeys{"fp32", "bf16", "fp16", "fp8", "fp4"};
  return kKeys[static_cast<std::size_t>(d)];
}

}  // namespace

std::vector<LayerKernel> kernels_of(LayerKind kind, const Pricing& pricing, const Plan& plan) {
  Lister lister(pricing, plan);
  OpList ops;
  emit_layer(kind, *pricing.job.model, lister.split(), ops);
  for (const Op& op : ops) {
    if (op.kind == OpKind::kLinear || op.kind == OpKind::kGroupedLinear) lister.add_linear(op);
    if (op.kind == OpKind::kAttention) lister.add_attention(op);
  }
  return lister.take();
}

std::string text_of(const Problem& problem) {
  if (const auto* gemm = std::get_if<GemmProblem>(&problem)) {
    const GemmShape& s = gemm->shape;
    const std::string groups = s.groups > 1.0 ? fmt::format("{:.0f} x ", s.groups) : "";
    return fmt::format("{}{:.0f}x{:.0f}x{:.0f} {}", groups, s.m, s.n, s.k, key_of(gemm->in));
  }
  if (const auto* attention = std::get_if<AttentionProblem>(&problem)) {
    const AttentionShape& s = attention->shape;
    return fmt::format("{:.0f}x{:.0f}/{:.0f}x{:.0f} {:.0f}{}", s.batch, s.heads, s.kv_heads,
                       s.head_dim, s.keys, s.causal ? " causal" : "");
  }
  return to_text(std::get<Bytes>(problem));
}

}  // namespace fleetcast::chip
