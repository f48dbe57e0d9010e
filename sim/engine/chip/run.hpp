#pragma once

// One kernel, or two beside each other, on one GPU: from its first tile to its last.

#include <span>

#include "sim/engine/chip/grid.hpp"
#include "sim/engine/chip/outcome.hpp"
#include "sim/engine/chip/sm_array.hpp"

namespace fleetcast::chip {

/// Communication that runs as long as the kernel does, on SMs that it takes from it.
struct Beside {
  BytesPerSecond rate{};  ///< through HBM, read and written; zero: none
  int sms = 0;
};

struct Conditions {
  double clock = 1.0;  ///< of boost, at the start
  bool warm = false;   ///< L2 holds what the same kernel has left
  Beside beside;
  bool systemc = false;  ///< modules under SystemC's clock; else the agenda alone, for tables
};

/// SystemC's answer (gpu_module.hpp) is that of the agenda to a femtosecond; HBM is asked for whole
/// bytes. Requires: the SMs of all kernels are no more than the chip's; the first is no background.
Outcome run(const ChipSpec& spec, std::span<const Running> kernels, const Conditions& = {});

/// SMs that a kernel has.
int sms_of(const ChipSpec& spec, const Conditions& conditions);

/// One kernel on these, beside what the conditions say. Requires: there are any.
Outcome run(const ChipSpec& spec, Grid& grid, const Conditions& = {});

/// How often a bench has run the kernel before the runs whose mean it reports, half of those
/// included; without end: infinity.
struct Repeats {
  double before = 0.0;
};

/// The clock after the kernel has run that often, one run following the other from a cool start.
double clock_after(const ChipSpec& spec, const Outcome& first, Repeats repeats);

}  // namespace fleetcast::chip
