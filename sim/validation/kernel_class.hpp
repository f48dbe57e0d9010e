#pragma once

// Which kernel a row of a table measured, by what its source says, and what one curve says of it.

#include <optional>
#include <string>
#include <string_view>

#include "models/cost/kernel.hpp"
#include "models/hardware/implementation.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast {

/// "vllm_flash3", "cudnn", ...; "other" for a source of no kernel we know.
std::string_view attention_class(std::string_view source);
/// "liger", "cudnn", "pytorch", ...
std::string memory_class(std::string_view source);

/// "vllm_flash3 bf16 fwd", as configs/implementations names it; fp16 counts as bf16.
std::string attention_key(const AttentionRow& row);
/// "vllm bf16": rows of direction "decode".
std::string decode_key(const AttentionRow& row);
/// "liger rms_norm bf16 fwd".
std::string memory_key(const MemoryRow& row);

/// What training stacks run as kernels of a kind, by the name of the operation.
std::optional<MemoryKind> memory_kind(std::string_view op);

/// Of the format a kernel computes in: "bf16", "fp16", "fp8", "mxfp8"; zero where unknown.
FlopsPerSecond attention_peak(const std::string& dtype, const Gpu& gpu);

/// One call; "fwd+bwd" is both passes by the same curve.
Seconds predict(const AttentionRow& row, const AttentionPass& pass, const Chip& chip,
                FlopsPerSecond peak);

}  // namespace fleetcast
