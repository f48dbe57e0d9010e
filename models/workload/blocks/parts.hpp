#pragma once

// Small operations that several blocks share.

#include <initializer_list>

#include "models/workload/op.hpp"
#include "models/workload/precision.hpp"
#include "models/workload/split.hpp"
#include "models/workload/stack.hpp"

namespace fleetcast::parts {

/// Norm over `tokens` rows: reads and writes 2 bytes an element forward; backward reads input,
/// gradient and writes the gradient, and reduces the weight's. Unfused: one more pass.
void norm(OpList& out, std::string_view name, double tokens, double width, const Split& split,
          std::uint16_t modules);

/// Residual addition (bias and dropout fused where the stack fuses): two reads, one write.
void residual(OpList& out, double tokens, double width, const Split& split);

/// How tensor-parallel ranks share a linear's weight, and with it who holds what in sequence
/// shards.
enum class Cut : unsigned char {
  kWhole,
  kColumns,  ///< input gathered from shards
  kRows,     ///< output summed and scattered to shards
};

/// y = x W with x [m, k]. Adds the quantise kernels of the recipe before it; where a norm is what
/// comes before and scales are known, the norm casts.
void linear(OpList& out, std::string_view name, double m, double n, double k, const Split& split,
            Cut cut, std::uint16_t modules, bool low_precision = true);

/// Traffic of casting one element of a tensor that a GEMM reads both ways, bytes.
double cast_bytes(const Split& split);

/// What is kept of the last linear where every other product's output is (torchtitan's selective
/// activation checkpointing by operation): its products are `widths` wide.
void keep_every_other(OpList& out, std::initializer_list<double> widths);
/// The same of a layer's last product, whose output only the next layer reads.
void keep_last_product(OpList& out, double width);

/// A place where ranks meet; `elements` of the whole tensor.
void boundary(OpList& out, Boundary place, double elements, double bytes_per_element,
              std::uint16_t modules);

/// Element-wise kernel: bytes moved forward and backward.
void elementwise(OpList& out, std::string_view name, MemoryKind kind, double forward_bytes,
                 double backward_bytes, double kernels, double saved_bytes, std::uint16_t modules);

}  // namespace fleetcast::parts
