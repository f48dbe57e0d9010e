#include "sim/calibration/collective_samples.hpp"

#include "sim/config/library.hpp"

namespace fleetcast::fit {
namespace {

constexpr double kMebibyte = 1048576.0;

/// The row's time with the trial's curve on its outermost tier.
Seconds time_with(CollectiveSample& sample, const CollectiveTrial& trial) {
  Link& link = sample.network.link[sample.measured.tiers.size() - 1];
  link.curve[static_cast<int>(sample.measured.op)] = trial.curve;
  link.in_network_gain = trial.gain;
  return predict(*sample.row, sample.measured, sample.group, sample.network);
}

}  // namespace

std::string name_of(CollectiveOp op) {
  return std::string(kCollectiveNames[static_cast<unsigned char>(op)]);
}

CollectiveCurve Fabric::*curve_of(CollectiveOp op) {
  constexpr std::array kMembers{&Fabric::all_gather, &Fabric::reduce_scatter, &Fabric::all_reduce,
                                &Fabric::all_to_all, &Fabric::send_recv};
  return kMembers[static_cast<unsigned char>(op)];
}

Fabrics load_fabrics() {
  Fabrics out;
  for (const std::string& name : config::names_in("fabrics"))
    out[name] = config::load<Fabric>(config::path_of("fabrics", {name, {}})).value;
  return out;
}

CollectiveSample sample_of(const CollectiveRow& row, const MeasuredCollective& measured,
                           const Fabrics& fabrics) {
  Cluster cluster;
  std::vector<const Fabric*> of_tier;
  for (const MeasuredTier& tier : measured.tiers) {
    cluster.tiers.push_back(tier_of(tier));
    of_tier.push_back(&fabrics.at(tier.fabric));
  }
  CollectiveSample sample{&row, measured, make_network(cluster, of_tier), {}};
  sample.group = strided_group(static_cast<int>(row.ranks), 1, sample.network);
  return sample;
}

Score score_of(std::vector<CollectiveSample>& rows, const CollectiveTrial& trial,
               double small_weight) {
  Score score;
  for (CollectiveSample& sample : rows) {
    const bool large = sample.row->bytes >= Bytes{kMebibyte};
    if (!large && small_weight == 0.0) continue;
    score.add(time_with(sample, trial) / kMicrosecond, sample.row->time / kMicrosecond,
              large ? 1.0 : small_weight);
  }
  return score;
}

bool is_plain_pair(const CollectiveRow& row, const MeasuredCollective& measured) {
  return measured.variant.empty() && !measured.tiers.back().in_network &&
         row.ranks <= 2.0 * measured.tiers.front().gpus;
}

}  // namespace fleetcast::fit
