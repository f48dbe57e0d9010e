#include <set>

#include <fmt/format.h>

#include "sim/calibration/collective_samples.hpp"
#include "sim/calibration/refine_kernels.hpp"
#include "sim/calibration/write_curves.hpp"

namespace fleetcast::fit {
namespace {

constexpr double kMicro = 1e-6, kMega = 1e6;

// Usual value, bounds, spread as a share; as in refine_chip.cpp, and assumed like those.
using Curve = CollectiveCurve;
const std::vector<Knob<Curve>> kKnobs{{&Curve::latency, {10.0, 0.0, 2000.0, 0.4}, kMicro},
                                      {&Curve::latency_per_hop, {0.8, 0.0, 100.0, 0.4}, kMicro},
                                      {&Curve::efficiency, {0.8, 0.01, 1.2, 0.1}},
                                      {&Curve::chunk, {3.0, 0.0, 200.0, 0.4}, kMicro}};
const std::vector<Knob<Curve>> kDomainKnobs{{&Curve::small_group, {0.5, 0.0, 5.0, 0.3}}};
const std::vector<Knob<Curve>> kEagerKnobs{
    {&Curve::eager_limit, {2.0, 0.0, 200.0, 0.3}, kMega},
    {&Curve::eager_latency, {6.0, 0.0, 2000.0, 0.4}, kMicro},
    {&Curve::eager_latency_per_hop, {0.8, 0.0, 100.0, 0.4}, kMicro},
    {&Curve::eager_efficiency, {0.3, 0.001, 2.0, 0.2}}};

std::vector<Knob<Curve>> knobs_of(const Curve& curve, std::size_t tiers) {
  std::vector<Knob<Curve>> out = kKnobs;
  if (tiers == 1) out.insert(out.end(), kDomainKnobs.begin(), kDomainKnobs.end());
  if (curve.eager_limit > Bytes{}) out.insert(out.end(), kEagerKnobs.begin(), kEagerKnobs.end());
  return out;
}

/// Why no link's curve can be moved to the row; "" where one can.
std::string refusal(const CollectiveRow& row, const MeasuredCollective& measured) {
  if (!measured.refusal.empty()) {
    return "collectives of " + row.system + ", link \"" + row.link + "\": " + measured.refusal;
  }
  if (!measured.variant.empty())
    return measured.variant + ", which training does not run (calibrate --anew)";
  if (measured.tiers.size() > 1 && !is_plain_pair(row, measured))
    return "collectives over more than two domains: their times are the algorithms' part as well";
  return {};
}

/// By fabric, then by operation.
using RowsOfFabric = std::map<CollectiveOp, std::vector<const CollectiveRow*>>;
using PlacedRows = std::map<std::string, RowsOfFabric>;

void refine_fabric(const std::string& name, const RowsOfFabric& rows, Fabrics& fabrics,
                   const std::string& date, Refinement& out) {
  Fabric& fabric = fabrics.at(name);
  RefinedSubject subject{.name = "fabric " + name};
  std::set<std::string> systems;
  for (const auto& [op, of_op] : rows) {
    std::vector<CollectiveSample> samples;
    for (const CollectiveRow* row : of_op) {
      samples.push_back(sample_of(*row, measured_collective(*row), fabrics));
      systems.insert(row->system);
    }
    Curve& curve = fabric.*curve_of(op);
    const double gain = fabric.in_network_reduction_gain;
    subject.sections.push_back(
        refine_section(name_of(op), curve, knobs_of(curve, samples.front().measured.tiers.size()),
                       1.0, [&](const Curve& to) {
                         return score_of(samples, {to, gain}, kSmallMessages);
                       }));
  }
  std::string measured;
  for (const std::string& system : systems) measured += (measured.empty() ? "" : ", ") + system;
  fabric.provenance = fmt::format(
      "moved on {} by `fleetcast calibrate` to nccl-tests tables of {};\n"
      "errors are means of |predicted / measured - 1| over the rows, messages below 1 MiB a "
      "fifth;\n"
      "{}other operations as they were;\nof the curves before: {}\n",
      date, measured, account_of(subject.sections), fabric.provenance);
  subject.note = "read by every cluster on this fabric";
  subject.files.push_back(
      {"fabrics/" + name + ".yaml",
       "# Written by `fleetcast calibrate`; shares of the line rate.\n" + yaml_of(fabric)});
  out.subjects.push_back(std::move(subject));
}

}  // namespace

Refinement refine_collectives(const std::vector<CollectiveRow>& rows, const std::string& date) {
  Refinement out;
  std::array<PlacedRows, 2> by_tiers;  // links between nodes are told with those inside given
  for (const CollectiveRow& row : rows) {
    const MeasuredCollective measured = measured_collective(row);
    const std::string reason = refusal(row, measured);
    if (!measured.refusal.empty())
      out.hint = "A link is known by what the link column of a table of collectives says: " +
                 known_links() + ". A log names none between nodes; a table can.";
    if (!reason.empty())
      ++out.skipped[reason];
    else
      by_tiers[measured.tiers.size() - 1][measured.tiers.back().fabric][measured.op].push_back(
          &row);
  }
  Fabrics fabrics = load_fabrics();
  for (const PlacedRows& placed : by_tiers)
    for (const auto& [name, of_fabric] : placed) refine_fabric(name, of_fabric, fabrics, date, out);
  return out;
}

}  // namespace fleetcast::fit
