#pragma once

// Attention curves of training stacks, fitted to measured flash attention: one search a kernel
// class and direction, over all chips of a generation.

#include <string_view>
#include <vector>

#include "models/hardware/curve.hpp"
#include "sim/calibration/minimise.hpp"
#include "sim/validation/chip_shelf.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast::fit {

/// Rows that one curve is fitted to. Their sources hold one of `sources`; those that measured both
/// directions in one time ("fwd+bwd") count where `direction` is "bwd", with the forward curve
/// given.
struct AttentionSet {
  std::string_view generation;
  std::string_view direction;
  std::vector<std::string_view> sources;
};

struct AttentionFit {
  AttentionPass pass;
  Score score;  ///< of sequences of 1,024 and more
};

AttentionFit fit_attention(const std::vector<AttentionRow>& rows, const AttentionSet& set,
                           ChipShelf& shelf, const AttentionPass& forward = {});

}  // namespace fleetcast::fit
