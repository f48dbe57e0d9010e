#include "sim/calibration/fit_collectives.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include <fmt/format.h>

#include "sim/calibration/knobs.hpp"
#include "sim/calibration/write_curves.hpp"
#include "sim/config/library.hpp"
#include "sim/validation/collective_class.hpp"

namespace fleetcast::fit {
namespace {

constexpr double kMicro = 1e-6, kMega = 1e6, kMebibyte = 1048576.0;
constexpr double kSmallWeight = 0.2;  // of messages below 1 MiB

using Curve = CollectiveCurve;
using Fabrics = std::map<std::string, Fabric>;

struct Sample {
  const CollectiveRow* row;
  MeasuredCollective measured;
  Network network;
  NetworkGroup group;
};

/// What is searched: a curve, and for all-reduces what switches gain.
struct Trial {
  Curve curve;
  double gain = 1.0;
};

CollectiveCurve Fabric::*member_of(CollectiveOp op) {
  constexpr std::array kMembers{&Fabric::all_gather, &Fabric::reduce_scatter, &Fabric::all_reduce,
                                &Fabric::all_to_all, &Fabric::send_recv};
  return kMembers[static_cast<unsigned char>(op)];
}

constexpr std::array<std::string_view, 5> kNames{"all_gather", "reduce_scatter", "all_reduce",
                                                 "all_to_all", "send_recv"};

Sample sample_of(const CollectiveRow& row, const MeasuredCollective& measured,
                 const Fabrics& fabrics) {
  Cluster cluster;
  std::vector<const Fabric*> of_tier;
  for (const MeasuredTier& tier : measured.tiers) {
    cluster.tiers.push_back(tier_of(tier));
    of_tier.push_back(&fabrics.at(tier.fabric));
  }
  Sample sample{&row, measured, make_network(cluster, of_tier), {}};
  sample.group = strided_group(static_cast<int>(row.ranks), 1, sample.network);
  return sample;
}

/// The row's time with the trial's curve on its outermost tier.
Seconds time_with(Sample& sample, const Trial& trial) {
  Link& link = sample.network.link[sample.measured.tiers.size() - 1];
  link.curve[static_cast<int>(sample.measured.op)] = trial.curve;
  link.in_network_gain = trial.gain;
  return predict(*sample.row, sample.measured, sample.group, sample.network);
}

Score score_of(std::vector<Sample>& rows, const Trial& trial, double small_weight) {
  Score score;
  for (Sample& sample : rows) {
    const bool large = sample.row->bytes >= Bytes{kMebibyte};
    if (!large && small_weight == 0.0) continue;
    score.add(time_with(sample, trial) / kMicrosecond, sample.row->time / kMicrosecond,
              large ? 1.0 : small_weight);
  }
  return score;
}

/// Latency, hop, efficiency, chunk; small group, the eager protocol's four, what switches gain.
/// Numbers that rows cannot tell are pinned.
std::vector<Parameter> parameters_of(const std::vector<Sample>& rows, double eager_megabytes,
                                     const Trial& now) {
  const Sample& first = rows.front();
  const bool alone = first.measured.tiers.size() == 1, queued = is_queued(*first.row);
  const bool gains = alone && std::any_of(rows.begin(), rows.end(), [](const Sample& s) {
                       return s.measured.tiers.back().in_network;
                     });
  const double slowest = alone ? 60.0 : 300.0, hop = alone ? 5.0 : 20.0;  // us
  std::vector<Parameter> out{{alone ? 6.0 : 30.0, 0.3, slowest},
                             {queued ? 0.02 : 0.8, 0.0, hop},
                             {0.8, 0.05, 1.2},
                             {queued ? 0.1 : 3.0, 0.0, 60.0}};
  if (queued) return out;
  out.insert(out.end(), {{0.5, 0.0, alone ? 3.0 : 1e-6},
                         {eager_megabytes, 0.0, 100.0},
                         {alone ? 6.0 : 30.0, 0.3, slowest},
                         {0.6, 0.0, hop},
                         {0.3, 0.01, 1.2}});
  if (gains) out.push_back({now.gain, 1.0, 2.0});
  return out;
}

Trial trial_of(const std::vector<double>& x, const Trial& now) {
  Trial trial = now;
  Curve& curve = trial.curve;
  curve = {.latency = Seconds{x[0] * kMicro},
           .latency_per_hop = Seconds{x[1] * kMicro},
           .efficiency = x[2],
           .chunk = Seconds{x[3] * kMicro}};
  if (x.size() < 9) return trial;
  curve.small_group = x[4];
  curve.eager_limit = Bytes{x[5] * kMega};
  curve.eager_latency = Seconds{x[6] * kMicro};
  curve.eager_latency_per_hop = Seconds{x[7] * kMicro};
  curve.eager_efficiency = x[8];
  if (x.size() > 9) trial.gain = x[9];
  return trial;
}

/// Protocols part at one size, where the error jumps: searched from several sizes.
Trial search_trial(std::vector<Sample>& rows, const Trial& now) {
  Trial best;
  double least = 0.0;
  for (const double megabytes : {0.3, 2.0, 6.0, 20.0}) {
    const auto x = minimise(parameters_of(rows, megabytes, now), [&](const auto& values) {
      return score_of(rows, trial_of(values, now), kSmallWeight).log_error();
    });
    const Trial found = trial_of(x, now);
    const double error = score_of(rows, found, kSmallWeight).log_error();
    if (least == 0.0 || error < least) best = found, least = error;
    if (is_queued(*rows.front().row)) break;  // has no such size
  }
  return best;
}

std::string quality_of(std::vector<Sample>& rows, const Trial& trial) {
  return fmt::format("{}, at 1 MiB and more {}", score_of(rows, trial, 1.0).text(),
                     score_of(rows, trial, 0.0).text());
}

Fabrics load_fabrics() {
  Fabrics out;
  for (const std::string& name : config::names_in("fabrics"))
    out[name] = config::load<Fabric>(config::path_of("fabrics", {name, {}})).value;
  return out;
}

void replace(std::vector<CollectiveVariant>& items, CollectiveVariant item) {
  const auto same = [&](const CollectiveVariant& other) { return other.name == item.name; };
  items.erase(std::remove_if(items.begin(), items.end(), same), items.end());
  items.push_back(std::move(item));
}

/// Two domains and no switches that add up: what more domains or switches do is the algorithms'
/// part, not a link's curve.
bool is_plain_pair(const CollectiveRow& row, const MeasuredCollective& measured) {
  return measured.variant.empty() && !measured.tiers.back().in_network &&
         row.ranks <= 2.0 * measured.tiers.front().gpus;
}

constexpr std::size_t kEnough = 12;  // rows; fewer leave NCCL's curve as it is

/// Rows by fabric, then by what one curve prices: an operation of NCCL or a system's variant.
using Curves = std::map<std::string, std::vector<const CollectiveRow*>>;
std::map<std::string, Curves> sorted(const std::vector<CollectiveRow>& rows, std::size_t tiers) {
  std::map<std::string, Curves> out;
  for (const CollectiveRow& row : rows) {
    const MeasuredCollective measured = measured_collective(row);
    if (!measured.refusal.empty() || measured.tiers.size() != tiers) continue;
    if (tiers > 1 && !is_plain_pair(row, measured)) continue;
    const std::string key = measured.variant.empty()
                                ? std::string(kNames[static_cast<unsigned char>(measured.op)])
                                : row.system + " " + measured.variant;
    out[measured.tiers.back().fabric][key].push_back(&row);
  }
  for (auto& [fabric, curves] : out)
    std::erase_if(curves, [](const auto& curve) { return curve.second.size() < kEnough; });
  std::erase_if(out, [](const auto& fabric) { return fabric.second.empty(); });
  return out;
}

void fit_fabric(const std::string& name, const Curves& curves, Fabrics& fabrics,
                std::string& quality) {
  for (const auto& [key, rows] : curves) {
    std::vector<Sample> samples;
    for (const CollectiveRow* row : rows)
      samples.push_back(sample_of(*row, measured_collective(*row), fabrics));
    Fabric& fabric = fabrics.at(name);
    const MeasuredCollective& measured = samples.front().measured;
    const bool nccl = measured.variant.empty();
    const bool reduces = measured.op == CollectiveOp::kAllReduce && nccl;
    const Trial trial =
        search_trial(samples, {{}, reduces ? fabric.in_network_reduction_gain : 1.0});
    const std::string text = quality_of(samples, trial);
    if (nccl) {
      fabric.*member_of(measured.op) = trial.curve;
      if (reduces) fabric.in_network_reduction_gain = trial.gain;
      quality += key + ": " + text + "; ";
    } else {
      replace(fabric.variants, {key, text, trial.curve});
    }
  }
}

std::string kept(const Curves& curves) {
  std::string out;
  for (const std::string_view name : kNames) {
    if (!curves.contains(std::string(name))) out += (out.empty() ? "" : ", ") + std::string(name);
  }
  return out.empty() ? "" : " Not in these tables and kept: " + out + ".";
}

}  // namespace

std::vector<FittedChip> fit_collectives(const std::vector<CollectiveRow>& rows) {
  Fabrics fabrics = load_fabrics();
  std::vector<FittedChip> out;
  for (const std::size_t tiers : {std::size_t{1}, std::size_t{2}}) {  // scale-up first
    for (const auto& [name, curves] : sorted(rows, tiers)) {
      std::string quality;
      fit_fabric(name, curves, fabrics, quality);
      Fabric& fabric = fabrics.at(name);
      fabric.provenance =
          "Fitted by `fleetcast calibrate` on 2026-11-24 to nccl-tests tables, mean |log error|, "
          "messages below 1 MiB a fifth: " +
          quality + kept(curves);
      for (const CollectiveVariant& v : fabric.variants) quality += "\n" + v.name + ": " + v.fit;
      out.push_back(
          {"fabrics/" + name, quality,
           "# Written by `fleetcast calibrate`; shares of the line rate.\n" + yaml_of(fabric)});
    }
  }
  return out;
}

}  // namespace fleetcast::fit
