#pragma once

// Chips as kernel tables call them, with the curves that price their kernels.

#include <map>
#include <optional>
#include <string>

#include "models/cost/kernel.hpp"
#include "models/hardware/implementation.hpp"
#include "sim/engine/chip/spec.hpp"

namespace fleetcast {

/// The name in configs/gpus of a chip as tables and drivers call it ("H100-SXM5-80GB", "NVIDIA H100
/// PCIe"), or "". What is not said is SXM, and the most memory.
std::string gpu_named(const std::string& label);

struct ShelvedChip {
  Gpu gpu;
  KernelCurves curves;
  Chip chip;
  Implementations implementations;     ///< of the chip, or of the one whose curves it borrows
  std::optional<chip::ChipSpec> spec;  ///< none where its microarchitecture is not described
};

/// Chips by the label of the table, each loaded once. Throws: config::ConfigError for a broken
/// file of configs/.
class ChipShelf {
 public:
  /// Null where no file is named like that. Stays valid while the shelf lives.
  const ShelvedChip* find(const std::string& label);

 private:
  std::map<std::string, std::optional<ShelvedChip>> chips_;
};

}  // namespace fleetcast
