#include "sim/validation/collective_class.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace fleetcast {
namespace {

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Operation {
  std::string_view name;
  CollectiveOp op;
};
constexpr std::array<Operation, 7> kOperations{{
    {"all_reduce", CollectiveOp::kAllReduce},
    {"all_gather", CollectiveOp::kAllGather},
    {"reduce_scatter", CollectiveOp::kReduceScatter},
    {"alltoall", CollectiveOp::kAllToAll},
    {"send", CollectiveOp::kSendRecv},
    {"dispatch", CollectiveOp::kAllToAll},
    {"combine", CollectiveOp::kAllToAll},
}};

/// Links by what the column says: line rates a GPU and direction are the vendors'.
struct Wire {
  std::string_view text, fabric;
  double rate;  ///< GB/s
};
constexpr std::array<Wire, 3> kScaleUp{
    {{"NVLink3", "nvlink3", 300}, {"NVLink4", "nvlink4", 450}, {"NVL", "nvlink5", 900}}};
constexpr std::array<Wire, 10> kScaleOut{{
    {"OCI GB200", "roce-nvl72", 50},
    {"EFA 3200Gb/s", "efa", 50},
    {"EFA 400Gb/s", "efa", 6.25},
    {"TCPXO", "tcpx", 25},
    {"RoCE 800G/GPU", "roce", 100},
    {"RoCE", "roce", 50},
    {"NIC 400G/GPU", "roce", 50},
    {"IB NDR 400G", "infiniband", 50},
    {"IB 400G", "infiniband", 50},
    {"RDMA", "infiniband", 50},
}};

template <std::size_t N>
const Wire* wire_of(const std::array<Wire, N>& wires, std::string_view link) {
  const auto found =
      std::find_if(wires.begin(), wires.end(), [&](const Wire& w) { return holds(link, w.text); });
  return found == wires.end() ? nullptr : &*found;
}

struct Implementation {
  std::string_view text, name;
};
constexpr std::array<Implementation, 6> kImplementations{{
    {"custom all-reduce trtllm", "trtllm"},
    {"custom all-reduce vllm", "vllm"},
    {"DeepEP", "deepep"},
    {"vidur", "vidur"},
    {"vTrain", "vtrain"},
    {"LLMCompass", "llmcompass"},
}};

std::string variant_of(const CollectiveRow& row) {
  for (const Implementation& known : kImplementations) {
    if (holds(row.source, known.text)) return std::string(known.name) + " " + row.collective;
  }
  return {};
}

/// Ranks of one NVLink domain, of which `nodes` in the table may be trays.
double domain_of(const CollectiveRow& row) {
  if (holds(row.link, "MNNVL") || holds(row.link, "1 rack")) return row.ranks;
  return holds(row.link, "NVL72") ? 72.0 : std::ceil(row.ranks / row.nodes);
}

/// "experts=256" in a source; 0 where it is not there.
double stated(std::string_view source, std::string_view key) {
  const auto at = source.find(key);
  return at == std::string_view::npos
             ? 0.0
             : std::strtod(std::string(source.substr(at + key.size())).c_str(), nullptr);
}

/// DeepEP's low-latency kernels serve a queue for each expert: each costs a hop, tokens for one
/// expert leave one after the other (a chunk each), all of them share the link.
Seconds queued_time(const CollectiveRow& row, const CollectiveCurve& curve, const Link& link) {
  const double experts = std::max(row.ranks, stated(row.source, "experts="));
  const double tokens = stated(row.source, "tok=") * stated(row.source, "topk=") * row.ranks;
  const Seconds sent = row.bytes / (curve.efficiency * link.bandwidth);
  const Seconds queue = curve.chunk * (tokens / experts);
  return curve.latency + curve.latency_per_hop * experts + std::max(sent, queue);
}

}  // namespace

bool is_queued(const CollectiveRow& row) {
  return holds(row.collective, "_ll_") && holds(row.source, "experts=");
}

Seconds predict(const CollectiveRow& row, const MeasuredCollective& measured,
                const NetworkGroup& group, const Network& network) {
  if (is_queued(row))
    return queued_time(row, network.link[0].curve[static_cast<int>(measured.op)], network.link[0]);
  return collective_time(measured.op, row.bytes, group, network);
}

MeasuredCollective measured_collective(const CollectiveRow& row) {
  MeasuredCollective out;
  const auto op = std::find_if(kOperations.begin(), kOperations.end(),
                               [&](const Operation& o) { return holds(row.collective, o.name); });
  const Wire* up = wire_of(kScaleUp, row.link);
  const Wire* outwards = wire_of(kScaleOut, row.link);
  const double domain = domain_of(row);
  if (op == kOperations.end())
    out.refusal = row.collective + " is not a collective we know";
  else if (row.time <= Seconds{} || row.bytes <= Bytes{})
    out.refusal = "states a rate only, neither bytes nor time";
  else if (holds(row.link, "pairwise") || holds(row.link, "NVLink 160GB/s") || up == nullptr)
    out.refusal = "no fabric of configs/fabrics is like " + row.link;
  else if (domain < row.ranks && outwards == nullptr)
    out.refusal = "does not say which network joins its nodes";
  if (!out.refusal.empty()) return out;
  out.op = op->op;
  out.variant = variant_of(row);
  const bool ring = holds(row.source, "NVLS off") || holds(row.source, " Ring");
  const bool switches = up->fabric != "nvlink3" && !ring && out.variant.empty();
  out.tiers.push_back({std::string(up->fabric), domain, BytesPerSecond{up->rate * 1e9}, switches});
  // Switches of the scale-out network add nothing up, even where a link says that they can: the one
  // such log (8 nodes, "SHARP") shows the bandwidth of a tree, half of what they would give.
  if (domain < row.ranks)
    out.tiers.push_back({std::string(outwards->fabric), 0, BytesPerSecond{outwards->rate * 1e9}});
  return out;
}

std::string known_links() {
  std::string out;
  for (const Wire& wire : kScaleUp) out += (out.empty() ? "" : ", ") + std::string(wire.text);
  out += "; between nodes ";
  for (const Wire& wire : kScaleOut)
    out += (&wire == kScaleOut.data() ? "" : ", ") + std::string(wire.text);
  return out;
}

Tier tier_of(const MeasuredTier& measured) {
  Tier tier;
  tier.gpus = measured.gpus;
  tier.bandwidth = measured.bandwidth;
  tier.fabric = measured.fabric;
  tier.in_network_reduction = measured.in_network;
  return tier;
}

const CollectiveVariant* find_variant(const Fabric& fabric, const std::string& system,
                                      const std::string& variant) {
  const CollectiveVariant* of_another = nullptr;
  for (const CollectiveVariant& item : fabric.variants) {
    if (item.name == system + " " + variant) return &item;
    if (item.name.ends_with(" " + variant)) of_another = &item;
  }
  return of_another;
}

Seconds predict(const CollectiveRow& row, const MeasuredCollective& measured,
                const std::vector<const Fabric*>& fabrics) {
  Cluster cluster;
  for (const MeasuredTier& tier : measured.tiers) cluster.tiers.push_back(tier_of(tier));
  Network network = make_network(cluster, fabrics);
  if (!measured.variant.empty()) {
    const auto* variant = find_variant(*fabrics.front(), row.system, measured.variant);
    if (variant != nullptr) network.link[0].curve[static_cast<int>(measured.op)] = variant->curve;
  }
  const NetworkGroup group = strided_group(static_cast<int>(row.ranks), 1, network);
  return predict(row, measured, group, network);
}

}  // namespace fleetcast
