#include "bench/traces.hpp"

#include <array>
#include <cstdio>

#include "sim/report/chrome_trace.hpp"

namespace fleetcast::bench {
namespace {

constexpr Seconds kKernel{1.2345e-3};
constexpr std::uint32_t kTracks = 64;

}  // namespace

std::uint64_t write_trace(std::uint32_t spans) {
  std::uint64_t bytes = 0;
  report::ChromeTrace trace([&](std::string_view piece) {
    bytes += piece.size();
    return true;
  });
  for (std::uint32_t i = 0; i < spans; ++i)
    trace.span({i % kTracks, 0}, "attention.qkv", "gemm", double(i / kTracks) * kKernel, kKernel);
  trace.finish();
  return bytes;
}

std::uint64_t print_trace(std::uint32_t spans) {
  std::uint64_t bytes = 0;
  std::array<char, 256> line;
  for (std::uint32_t i = 0; i < spans; ++i)
    bytes += static_cast<std::uint64_t>(
        std::snprintf(line.data(), line.size(),
                      "{\"ph\":\"X\",\"pid\":%u,\"tid\":%u,\"ts\":%.3f,\"name\":\"%s\",\"cat\":\"%"
                      "s\",\"dur\":%.3f},\n",
                      i % kTracks, 0U, double(i / kTracks) * (kKernel / kMicrosecond),
                      "attention.qkv", "gemm", kKernel / kMicrosecond));
  return bytes;
}

}  // namespace fleetcast::bench
