#pragma once

// Precision as a recipe: which GEMMs run at which rate, what quantising costs, what is stored and
// sent at which width. Byte counts per element follow from what the kernels read and write.

#include <array>
#include <span>
#include <string_view>

#include "models/base/dtype.hpp"
#include "models/base/fields.hpp"

namespace fleetcast {

struct Precision {
  std::string_view key;
  std::string_view meaning;
  Dtype gemm;               ///< format of the linears' GEMMs
  double quantize_bytes;    ///< traffic per element of a GEMM input or output gradient
  double quantize_kernels;  ///< launches per quantised tensor
  double saved_bytes;       ///< of a linear's input kept for the backward pass, per element
  double gather_bytes;      ///< per element of an activation gathered by tensor-parallel ranks
  double scatter_bytes;     ///< per element that they add up and scatter, where a stack narrows it
  double weight_bytes;      ///< compute weights, quantised copies included, per parameter
  double param_gather_bytes;  ///< per parameter on the wire of an FSDP or optimizer gather
  bool microscaling;          ///< needs tensor cores that scale small blocks
  bool blockwise;             ///< scales inside the GEMM's main loop (DeepSeek style)

  /// One scale a tensor: ranks can cast their shards and send them narrow.
  [[nodiscard]] bool per_tensor() const { return gemm == Dtype::kFp8 && gather_bytes == 1.0; }
  /// Scales come from earlier steps, so whoever writes a tensor can cast it.
  [[nodiscard]] bool knows_scale() const { return per_tensor() && quantize_kernels == 1.0; }
};

/// All recipes; first is the default.
std::span<const Precision* const> precisions();
const Precision* find_precision(std::string_view key);

extern const Precision kBf16;

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct Table<Precision> {
  static std::span<const Precision* const> rows() { return precisions(); }
};
}  // namespace fleetcast::fields
