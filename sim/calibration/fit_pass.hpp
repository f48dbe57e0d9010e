#pragma once

// One curve fitted to measured attention, decode or memory-bound kernels of one implementation.

#include <vector>

#include "sim/calibration/minimise.hpp"
#include "sim/validation/chip_shelf.hpp"
#include "sim/validation/kernel_class.hpp"

namespace fleetcast::fit {

struct AttentionSample {
  AttentionRow row;
  const ShelvedChip* chip = nullptr;
};
struct MemorySample {
  MemoryRow row;
  const ShelvedChip* chip = nullptr;
};

template <class Curve>
struct Fitted {
  Curve curve;
  Score all;
  Score judged;  ///< of the rows that count most
};

/// Of an attention kernel: alone, as training runs it, or with a cache behind it.
enum class Surroundings : unsigned char { kAlone, kCache };

/// What a row counts in a fit.
double attention_weight(const AttentionShape& shape);

/// Sequences of 1,024 and more decide, shorter ones count a seventh. Rows of both directions count
/// with `forward` for theirs, or with the same curve where that is null.
Fitted<AttentionPass> fit_pass(const std::vector<AttentionSample>& rows, Surroundings surroundings,
                               const AttentionPass* forward = nullptr);
Fitted<AttentionDecode> fit_decode(const std::vector<AttentionSample>& rows);
Fitted<MemoryPass> fit_memory_pass(const std::vector<MemorySample>& rows);

}  // namespace fleetcast::fit
