#include "sim/calibration/fit_collectives.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include <fmt/format.h>

#include "sim/calibration/collective_samples.hpp"
#include "sim/calibration/write_curves.hpp"

namespace fleetcast::fit {
namespace {

constexpr double kMicro = 1e-6, kMega = 1e6;

using Curve = CollectiveCurve;

/// Latency, hop, efficiency, chunk; small group, the eager protocol's four, what switches gain.
/// Numbers that rows cannot tell are pinned.
std::vector<Parameter> parameters_of(const std::vector<CollectiveSample>& rows,
                                     double eager_megabytes, const CollectiveTrial& now) {
  const CollectiveSample& first = rows.front();
  const bool alone = first.measured.tiers.size() == 1, queued = is_queued(*first.row);
  const bool gains = alone && std::any_of(rows.begin(), rows.end(), [](const CollectiveSample& s) {
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

CollectiveTrial trial_of(const std::vector<double>& x, const CollectiveTrial& now) {
  CollectiveTrial trial = now;
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
CollectiveTrial search_trial(std::vector<CollectiveSample>& rows, const CollectiveTrial& now) {
  CollectiveTrial best;
  double least = 0.0;
  for (const double megabytes : {0.3, 2.0, 6.0, 20.0}) {
    const auto x = minimise(parameters_of(rows, megabytes, now), [&](const auto& values) {
      return score_of(rows, trial_of(values, now), kSmallMessages).log_error();
    });
    const CollectiveTrial found = trial_of(x, now);
    const double error = score_of(rows, found, kSmallMessages).log_error();
    if (least == 0.0 || error < least) best = found, least = error;
    if (is_queued(*rows.front().row)) break;  // has no such size
  }
  return best;
}

std::string quality_of(std::vector<CollectiveSample>& rows, const CollectiveTrial& trial) {
  return fmt::format("{}, at 1 MiB and more {}", score_of(rows, trial, 1.0).text(),
                     score_of(rows, trial, 0.0).text());
}

void replace(std::vector<CollectiveVariant>& items, CollectiveVariant item) {
  const auto same = [&](const CollectiveVariant& other) { return other.name == item.name; };
  items.erase(std::remove_if(items.begin(), items.end(), same), items.end());
  items.push_back(std::move(item));
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
    const std::string key = measured.variant.empty() ? std::string(name_of(measured.op))
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
    std::vector<CollectiveSample> samples;
    for (const CollectiveRow* row : rows)
      samples.push_back(sample_of(*row, measured_collective(*row), fabrics));
    Fabric& fabric = fabrics.at(name);
    const MeasuredCollective& measured = samples.front().measured;
    const bool nccl = measured.variant.empty();
    const bool reduces = measured.op == CollectiveOp::kAllReduce && nccl;
    const CollectiveTrial trial =
        search_trial(samples, {{}, reduces ? fabric.in_network_reduction_gain : 1.0});
    const std::string text = quality_of(samples, trial);
    if (nccl) {
      fabric.*curve_of(measured.op) = trial.curve;
      if (reduces) fabric.in_network_reduction_gain = trial.gain;
      quality += key + ": " + text + "; ";
    } else {
      replace(fabric.variants, {key, text, trial.curve});
    }
  }
}

std::string kept(const Curves& curves) {
  std::string out;
  for (const std::string_view name : kCollectiveNames) {
    if (!curves.contains(std::string(name))) out += (out.empty() ? "" : ", ") + std::string(name);
  }
  return out.empty() ? "" : " Not in these tables and kept: " + out + ".";
}

}  // namespace

std::vector<FittedChip> fit_collectives(const std::vector<CollectiveRow>& rows,
                                        const std::string& date) {
  Fabrics fabrics = load_fabrics();
  std::vector<FittedChip> out;
  for (const std::size_t tiers : {std::size_t{1}, std::size_t{2}}) {  // scale-up first
    for (const auto& [name, curves] : sorted(rows, tiers)) {
      std::string quality;
      fit_fabric(name, curves, fabrics, quality);
      Fabric& fabric = fabrics.at(name);
      fabric.provenance = "Fitted by `fleetcast calibrate` on " + date +
                          " to nccl-tests tables, mean |log error|, "
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
