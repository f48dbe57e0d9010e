#pragma once

// A kernel as the command line names it.

#include <string>
#include <vector>

#include "sim/config/problem.hpp"
#include "sim/engine/chip/library.hpp"

namespace fleetcast::cli {

inline constexpr std::string_view kKernelForms =
    "gemm:MxNxK[:dtype], attention:B,H,KV,D,S[:causal][:bwd] or memory:BYTES";

/// Reads one such text; what is wrong with it goes to `problems`, everything at once, and the
/// answer means nothing then.
chip::Problem parse_kernel(const std::string& text, std::vector<config::Problem>& problems);

}  // namespace fleetcast::cli
