#pragma once

// Rows of measured collectives as what prices them: a network, a group, and the curve in question.

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/calibration/minimise.hpp"
#include "sim/validation/collective_class.hpp"

namespace fleetcast::fit {

/// As files of configs/fabrics call them, by CollectiveOp.
inline constexpr std::array<std::string_view, kCollectiveOpCount> kCollectiveNames{
    "all_gather", "reduce_scatter", "all_reduce", "all_to_all", "send_recv"};
std::string name_of(CollectiveOp op);
CollectiveCurve Fabric::*curve_of(CollectiveOp op);

/// What a message below 1 MiB counts in a fit.
inline constexpr double kSmallMessages = 0.2;

using Fabrics = std::map<std::string, Fabric>;
/// All that there are, by file.
Fabrics load_fabrics();

struct CollectiveSample {
  const CollectiveRow* row = nullptr;
  MeasuredCollective measured;
  Network network;
  NetworkGroup group;
};

/// Requires: a row without a refusal; it outlives the sample.
CollectiveSample sample_of(const CollectiveRow& row, const MeasuredCollective& measured,
                           const Fabrics& fabrics);

/// What is searched: a curve, and for all-reduces what switches gain.
struct CollectiveTrial {
  CollectiveCurve curve;
  double gain = 1.0;
};

/// With the trial's curve on the outermost tier of each; messages below 1 MiB count `small_weight`.
Score score_of(std::vector<CollectiveSample>& rows, const CollectiveTrial& trial,
               double small_weight);

/// Two domains and no switches that add up: what more domains or switches do is the algorithms'
/// part, not a link's curve.
bool is_plain_pair(const CollectiveRow& row, const MeasuredCollective& measured);

}  // namespace fleetcast::fit
