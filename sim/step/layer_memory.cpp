#include "sim/step/layer_memory.hpp"

#include <algorithm>

#include "sim/step/memory.hpp"

namespace fleetcast {
namespace {

/// A part recomputed on its own throws its output away, and what reads it next keeps none either
/// (Megatron-Core: CheckpointWithoutOutput). A module checkpointed as a whole hands its output on,
/// and what reads it keeps it (checkpoint).
bool discards_output(const Op& op, const Recompute& recompute) {
  constexpr int kDiscarding = kLayerNorm | kMlaUpProjection | kActivationModule | kQuantizeModule;
  return (op.modules & recompute.modules & kDiscarding) != 0;
}

Bytes kept_by_modules(const OpList& ops, const Recompute& recompute) {
  Bytes kept{};
  bool discarded = false, again_before = false;  // of what stands before
  for (const Op& op : ops) {
    const bool again = is_recomputed(op, recompute);
    if (!discarded && !(again && again_before)) kept += op.saved;
    if (!again) kept += op.saved_inside;
    if (op.kind == OpKind::kBoundary) continue;
    discarded = discards_output(op, recompute);
    again_before = again;
  }
  return kept;
}

/// Every other product's output, attention's among them.
Bytes every_other_output(const OpList& ops, bool compiled) {
  Bytes kept{};
  for (const Op& op : ops) kept += compiled && op.unread ? Bytes{} : op.output;
  return kept;
}

Bytes named_outputs(const OpList& ops, const Recompute& recompute) {
  Bytes kept{};
  for (const Op& op : ops)
    if (keeps_output(op, recompute)) kept += Bytes{2.0 * op.gemm.m * op.gemm.n};
  return kept;
}

/// Gradients of both ends of a product.
Bytes gradients_of(const Op& op) {
  const GemmShape& g = op.gemm;
  return Bytes{2.0 * g.m * g.groups * (g.n + g.k)};
}

}  // namespace

bool keeps_output(const Op& op, const Recompute& recompute) {
  return ((recompute.kept_products & kKeepQkv) != 0 &&
          (op.name == "qkv" || op.name == "q up" || op.name == "kv up")) ||
         ((recompute.kept_products & kKeepProjection) != 0 && op.name == "projection");
}

bool is_recomputed(const Op& op, const Recompute& recompute) {
  // XLA traces what it computes again, and drops what nobody reads.
  if (recompute.kept_products != 0) return !keeps_output(op, recompute) && !op.unread;
  if (recompute.every_other) return op.kind != OpKind::kAttention;
  return recompute.full || (op.modules & recompute.modules) != 0;
}

double fully_recomputed_share(const Pricing& pricing, const Plan& plan) {
  const double limit = plan.recompute.full_layers;
  if (!plan.recompute.full || limit <= 0.0) return 1.0;
  return std::min(1.0, limit * plan.pp * plan.vp / pricing.job.model->layers);
}

LayerMemory memory_of_layer(LayerKind kind, const OpList& ops, const Pricing& pricing,
                            const Plan& plan) {
  LayerMemory out;
  Bytes all{};
  for (const Op& op : ops) {
    all += op.saved + op.saved_inside;
    out.transient = std::max(out.transient, gradients_of(op));
  }
  const Recompute recompute = is_transformer_layer(kind) ? plan.recompute : Recompute{};
  const Bytes input = layer_input(pricing, plan);
  Bytes kept = kept_by_modules(ops, recompute);
  if (recompute.full) kept = input;
  if (recompute.every_other) kept = input + every_other_output(ops, pricing.stack->compiled);
  if (recompute.kept_products != 0) kept = input + named_outputs(ops, recompute);
  const double share = recompute.full ? fully_recomputed_share(pricing, plan) : 1.0;
  out.saved = kept * share + all * (1.0 - share);
  out.working = recompute.full ? all : all - kept;
  return out;
}

}  // namespace fleetcast
