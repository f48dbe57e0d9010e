#pragma once

// Rows of kernel tables, simulated on their chip as their bench ran them.

#include <string>

#include "sim/engine/chip/library.hpp"
#include "sim/validation/chip_shelf.hpp"
#include "sim/validation/gemm_price.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast {

/// That nothing describes the chip's microarchitecture, or "".
std::string undescribed(const ShelvedChip& chip);
/// Why a row cannot be simulated, or "".
std::string not_simulated(const GemmRow& row, const GemmLabel& label, const ShelvedChip& chip);
std::string not_simulated(const AttentionRow& row, const ShelvedChip& chip);

/// Runs behind each other on the same operands, the clock as far down as the source's bench had let
/// it. Requires: nothing speaks against it.
Seconds simulate(const GemmRow& row, const GemmLabel& label, const chip::ChipSpec& spec);
/// The generation's own best kernel, whatever the source ran: no pages, no rotation.
Seconds simulate(const AttentionRow& row, const chip::ChipSpec& spec);
Seconds simulate(const MemoryRow& row, const chip::ChipSpec& spec);

}  // namespace fleetcast
