#include "models/workload/blocks/parts.hpp"

namespace fleetcast::parts {
namespace {

// Of fp8, one byte an element.
constexpr double kWrite = 1.0, kTranspose = 2.0;

/// Casting a tensor that ranks gather in fp8: each casts its shard in the layout that travels, and
/// all transpose what arrived where tensor cores want that (Transformer Engine, Linear with
/// sequence parallelism).
double gathered_cast(const Split& split, double bytes_on_shard) {
  return bytes_on_shard / split.norm_shards + (split.any_layout ? 0.0 : kTranspose);
}

/// The norm whose output this linear reads, all of it, if nothing but an exchange lies between.
Op* norm_before(OpList& out, double elements) {
  for (int i = out.count - 1; i >= 0; --i) {
    Op& op = out.ops[static_cast<std::size_t>(i)];
    if (op.kind == OpKind::kBoundary) continue;
    const bool whole = op.saved == Bytes{2.0 * elements};
    return whole && (op.modules & kLayerNorm) != 0 ? &op : nullptr;
  }
  return nullptr;
}

/// Forward casts the input, backward the output gradient.
void add_casts(OpList& out, double m, double n, double k, const Split& split, Cut cut,
               std::uint16_t modules) {
  const Precision& p = *split.precision;
  const bool sharded = split.norm_shards > 1.0 && p.per_tensor();
  double input = cast_bytes(split), gradient = input;
  const double own = m * k / split.norm_shards;
  const bool fuses = cut == Cut::kColumns && p.knows_scale() && split.stack->fused_kernels;
  if (Op* norm = fuses ? norm_before(out, own) : nullptr; norm != nullptr) {
    norm->forward.bytes -= Bytes{kWrite * own};  // fp8 instead of bf16
    input = gathered_cast(split, 0.0);
  } else if (cut == Cut::kColumns && sharded) {
    input = gathered_cast(split, p.quantize_bytes - kWrite);
  }
  if (cut == Cut::kRows && sharded) gradient = gathered_cast(split, p.quantize_bytes - kWrite);
  elementwise(out, "quantize", MemoryKind::kQuantize, input * m * k, gradient * m * n,
              p.quantize_kernels, 0.0, static_cast<std::uint16_t>(modules | kQuantizeModule));
}

}  // namespace

void norm(OpList& out, std::string_view name, double tokens, double width, const Split& split,
          std::uint16_t modules) {
  const double elements = tokens * width;
  const double passes = split.stack->fused_kernels ? 1.0 : 2.0;
  elementwise(out, name, MemoryKind::kNorm, 4.0 * elements * passes, 8.0 * elements * passes,
              passes, 2.0 * elements, static_cast<std::uint16_t>(modules | kLayerNorm));
}

void residual(OpList& out, double tokens, double width, const Split& split) {
  const double elements = tokens * width;
  const double passes = split.stack->fused_kernels ? 1.0 : 2.0;
  elementwise(out, "residual", MemoryKind::kCopy, 6.0 * elements * passes, 4.0 * elements * passes,
              passes, 0.0, kNoModule);
  if (split.stack->dropout)
    out.ops[static_cast<std::size_t>(out.count - 1)].saved_inside = Bytes{elements};
}

double cast_bytes(const Split& split) {
  const Precision& p = *split.precision;
  return p.quantize_bytes - (p.per_tensor() && split.any_layout ? 1.0 : 0.0);
}

void linear(OpList& out, std::string_view name, double m, double n, double k, const Split& split,
            Cut cut, std::uint16_t modules, bool low_precision) {
  const Precision& p = *split.precision;
  const bool quantized = low_precision && p.quantize_kernels > 0;
  const double shards = cut == Cut::kColumns ? split.norm_shards : 1.0;
  if (quantized) add_casts(out, m, n, k, split, cut, modules);
  Op& op = out.add();
  op.kind = OpKind::kLinear;
  op.name = name;
  op.modules = modules;
  op.low_precision = low_precision;
  op.gemm = {m, n, k, 1};
  const double saved_shards = split.stack->keeps_gathered ? 1.0 : shards;
  op.saved = Bytes{m * k / saved_shards * (quantized ? p.saved_bytes : 2.0)};
}

void keep_every_other(OpList& out, std::initializer_list<double> widths) {
  Op& op = out.ops[static_cast<std::size_t>(out.count - 1)];
  for (const double width : widths)
    if (out.products++ % 2 == 0) op.output += Bytes{2.0 * op.gemm.m * op.gemm.groups * width};
}

void keep_last_product(OpList& out, double width) {
  keep_every_other(out, {width});
  Op& op = out.ops[static_cast<std::size_t>(out.count - 1)];
  op.unread = true;
}

void boundary(OpList& out, Boundary place, double elements, double bytes_per_element,
              std::uint16_t modules) {
  Op& op = out.add();
  op.kind = OpKind::kBoundary;
  op.name = "exchange";
  op.modules = modules;
  op.boundary = place;
  op.payload = Bytes{elements * bytes_per_element};
}

void elementwise(OpList& out, std::string_view name, MemoryKind kind, double forward_bytes,
                 double backward_bytes, double kernels, double saved_bytes, std::uint16_t modules) {
  Op& op = out.add();
  op.kind = OpKind::kMemory;
  op.name = name;
  op.modules = modules;
  op.forward = {kind, Bytes{forward_bytes}, kernels};
  op.backward = {kind, Bytes{backward_bytes}, kernels};
  op.saved = Bytes{saved_bytes};
}

}  // namespace fleetcast::parts
