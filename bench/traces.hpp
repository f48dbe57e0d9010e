#pragma once

// A timeline of `spans` kernels on 64 tracks, written and counted, kept nowhere.

#include <cstdint>

namespace fleetcast::bench {

/// As Chrome's trace events. Returns the bytes written.
std::uint64_t write_trace(std::uint32_t spans);
/// The same lines by snprintf.
std::uint64_t print_trace(std::uint32_t spans);

}  // namespace fleetcast::bench
