#pragma once

// Attention curves fitted to measured flash attention: one search a kernel class and direction.

#include <string_view>
#include <vector>

#include "models/hardware/curve.hpp"
#include "sim/calibration/minimise.hpp"
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
  Score score;
  double sustained =
      1.0;  ///< measured over predicted rate of kernels of 10 ms and more; 1 = no rows
};

AttentionFit fit_attention(const std::vector<AttentionRow>& rows, const AttentionSet& set,
                           const AttentionPass& forward = {});

}  // namespace fleetcast::fit
