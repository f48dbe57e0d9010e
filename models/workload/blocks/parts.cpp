#include "models/workload/blocks/parts.hpp"

namespace fleetcast::parts {

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

void linear(OpList& out, std::string_view name, double m, double n, double k, const Split& split,
            double saved_shards, std::uint16_t modules, bool low_precision) {
  const Precision& p = *split.precision;
  const bool quantized = low_precision && p.quantize_kernels > 0;
  if (quantized) {
    // Forward casts the input, backward the output gradient; both orientations are written at once.
    elementwise(out, "quantize", MemoryKind::kQuantize, p.quantize_bytes * m * k,
                p.quantize_bytes * m * n, p.quantize_kernels, 0.0,
                static_cast<std::uint16_t>(modules | kQuantizeModule));
  }
  Op op;
  op.kind = OpKind::kLinear;
  op.name = name;
  op.modules = modules;
  op.low_precision = low_precision;
  op.gemm = {m, n, k, 1};
  const double shards = split.stack->keeps_gathered ? 1.0 : saved_shards;
  op.saved = Bytes{m * k / shards * (quantized ? p.saved_bytes : 2.0)};
  out.add(op);
}

void keep_every_other(OpList& out, std::initializer_list<double> widths) {
  Op& op = out.ops[static_cast<std::size_t>(out.count - 1)];
  for (const double width : widths)
    if (out.products++ % 2 == 0) op.output += Bytes{2.0 * op.gemm.m * op.gemm.groups * width};
}

void keep_last_product(OpList& out, double width) {
  keep_every_other(out, {width});
  Op& op = out.ops[static_cast<std::size_t>(out.count - 1)];
  op.unread = op.output;
}

void boundary(OpList& out, Boundary place, double elements, double bytes_per_element,
              std::uint16_t modules) {
  Op op;
  op.kind = OpKind::kBoundary;
  op.name = "exchange";
  op.modules = modules;
  op.boundary = place;
  op.payload = Bytes{elements * bytes_per_element};
  out.add(op);
}

void elementwise(OpList& out, std::string_view name, MemoryKind kind, double forward_bytes,
                 double backward_bytes, double kernels, double saved_bytes, std::uint16_t modules) {
  Op op;
  op.kind = OpKind::kMemory;
  op.name = name;
  op.modules = modules;
  op.forward = {kind, Bytes{forward_bytes}, kernels};
  op.backward = {kind, Bytes{backward_bytes}, kernels};
  op.saved = Bytes{saved_bytes};
  out.add(op);
}

}  // namespace fleetcast::parts
