#pragma once

// What bounds each kernel of a plan: its arithmetic intensity beside the ridge of the chip.

#include <string>
#include <string_view>
#include <vector>

#include "sim/step/lower.hpp"

namespace fleetcast {

using FlopsPerByte = decltype(Flops{} / Bytes{});

/// Williams, Waterman, Patterson, "Roofline" (2009): below the ridge HBM bounds a kernel, above it
/// arithmetic does. Latency: at the data sheet's rates either would take less than a fourth of the
/// kernel's time; fixed times, waves and what does not overlap are the rest.
enum class Bound : unsigned char { kCompute, kMemory, kLatency };
std::string_view key_of(Bound bound);  ///< "compute"

/// A kernel, or all of one name: "fc1", "fc1 dgrad", "core_attention backward".
struct KernelRoof {
  std::string name;
  Dtype format{};
  double count = 0;  ///< a step, on one GPU
  Flops work{};      ///< of all of them, as are the next two
  Bytes traffic{};   ///< to and from HBM, each operand once
  Seconds time{};
  FlopsPerByte intensity{};
  FlopsPerByte ridge{};  ///< peak of its format over HBM bandwidth
  double reached = 0;    ///< of the rate that bounds it, by data sheet: 1 at the roof
  Bound bound{};
};

/// Products, attention and memory-bound kernels of one GPU's step, largest first: forward and
/// backward passes once, on a pipeline stage of mean length, without what is computed again and
/// without the optimizer. FLOPs of memory-bound kernels count as none.
/// Requires: what lower_step requires.
std::vector<KernelRoof> roofline(const Pricing& pricing, const Plan& plan);

}  // namespace fleetcast
