#pragma once

// What a row of a table of collectives ran on, by its columns: operation, tiers, fabrics, and the
// implementation where that is not NCCL.

#include <string>
#include <string_view>
#include <vector>

#include "models/cost/collective.hpp"
#include "sim/validation/kernel_table.hpp"

namespace fleetcast {

struct MeasuredTier {
  std::string fabric;  ///< file of configs/fabrics
  double gpus = 0;     ///< of one domain; 0 = no limit
  BytesPerSecond bandwidth{};
  bool in_network = false;
};

struct MeasuredCollective {
  CollectiveOp op{};
  std::vector<MeasuredTier> tiers;  ///< from the GPU outwards
  std::string variant;  ///< "vllm all_reduce", as fabrics name it after the system; "" = NCCL
  std::string refusal;  ///< why it cannot be priced; "" = it can
};

MeasuredCollective measured_collective(const CollectiveRow& row);

/// What the link column must hold for a fabric to be found: of one node, and between nodes.
std::string known_links();

/// A tier of the fabric, at the rate that the row states.
Tier tier_of(const MeasuredTier& measured);

/// The variant of this system, or of another; null where the fabric has none.
const CollectiveVariant* find_variant(const Fabric& fabric, const std::string& system,
                                      const std::string& variant);

/// By a network whose curves are set; low-latency kernels of DeepEP by their queues of experts.
Seconds predict(const CollectiveRow& row, const MeasuredCollective& measured,
                const NetworkGroup& group, const Network& network);

/// Whether the row is one of those queues: no eager protocol, no group size.
bool is_queued(const CollectiveRow& row);

/// Requires: a fabric a tier.
Seconds predict(const CollectiveRow& row, const MeasuredCollective& measured,
                const std::vector<const Fabric*>& fabrics);

}  // namespace fleetcast
