#pragma once

// A fleet's building blocks: node, ordered network tiers, power, price range.

#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"
#include "models/hardware/reliability.hpp"

namespace fleetcast {

/// How long one collective takes on one kind of link, by message size:
/// t = rounds_latency + B / (efficiency * link) + 2 sqrt(chunk * B / (efficiency * link)),
/// the optimally chunked pipeline; B are the bytes the busiest link carries in one direction
/// ("bus bytes" of nccl-tests). Fits of measured curves: configs/fabrics.
/// Up to `eager_limit` such bytes, a protocol with flags in its payload (NCCL's LL and LL128) runs
/// instead: less latency, less bandwidth, t = eager_latency + B / (eager_efficiency * link).
struct CollectiveCurve {
  Seconds latency{};          ///< fixed cost of one call
  Seconds latency_per_hop{};  ///< added for each further rank (ring) or doubling (tree)
  double efficiency = 1.0;    ///< of the link's bandwidth, large messages
  Seconds chunk{};            ///< overhead of one pipeline chunk
  double small_group = 0.0;   ///< n ranks of a domain take 1 + small_group / n^2 as long to send
  Bytes eager_limit{};        ///< over one link; 0 = no such protocol
  Seconds eager_latency{};
  Seconds eager_latency_per_hop{};
  double eager_efficiency = 1.0;
  friend bool operator==(const CollectiveCurve&, const CollectiveCurve&) = default;
};

/// A collective that others than NCCL run on the link: all-reduces of inference engines, DeepEP.
struct CollectiveVariant {
  std::string name;  ///< "B200-SXM vllm all_reduce": system, implementation, operation
  std::string fit;   ///< rows and error
  CollectiveCurve curve;
};

/// What a link technology reaches; measured on real machines.
struct Fabric {
  std::string name;
  std::string provenance;
  CollectiveCurve all_gather;
  CollectiveCurve reduce_scatter;
  CollectiveCurve all_reduce;
  CollectiveCurve all_to_all;
  CollectiveCurve send_recv;
  double in_network_reduction_gain =
      1.0;  ///< all-reduce bus bandwidth with NVLS/SHARP over without
  std::vector<CollectiveVariant> variants;  ///< for tables that measured them; training runs NCCL
};

/// One level of the network; tiers are ordered from the GPU outwards.
struct Tier {
  std::string name;
  double gpus = 0;             ///< GPUs that reach each other within this tier; 0 = no limit
  BytesPerSecond bandwidth{};  ///< per GPU and direction
  double oversubscription = 1.0;
  std::string fabric;  ///< file of configs/fabrics
  bool in_network_reduction = false;
};

struct PowerSpec {
  Watts node_overhead{};  ///< per GPU: CPUs, fans, NICs, conversion losses in the node
  Watts network{};        ///< per GPU: switches, optics, storage
  double activity = 1.0;  ///< share of TDP the GPU draws while its tensor pipes work
  double pue = 1.0;       ///< facility power over IT power
};

struct PriceSpec {
  Dollars purchase_low{};  ///< per GPU, everything included
  Dollars purchase_high{};
  DollarsPerSecond rental_low{};  ///< per GPU
  DollarsPerSecond rental_high{};
};

struct Cluster {
  std::string name;
  std::string gpu;   ///< file of configs/gpus
  std::string form;  ///< "8-GPU HGX nodes", "NVL72 racks"
  bool pre_release = false;
  double node_gpus = 0;
  double order_gpus = 0;  ///< GPUs come in multiples of this: a node, or a whole scale-up domain
  double host_time = 1;   ///< CPU time of a kernel launch, over that which stacks state
  std::vector<Tier> tiers;
  PowerSpec power;
  PriceSpec price;
  ReliabilitySpec reliability;
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<CollectiveCurve> {
  static constexpr auto value = std::tuple{
      required("latency", &CollectiveCurve::latency, "fixed cost of one call", kNonNegative),
      optional("latency_per_hop", &CollectiveCurve::latency_per_hop,
               "added for each further rank or tier crossed", kNonNegative),
      required("efficiency", &CollectiveCurve::efficiency,
               "share of the link's bandwidth reached by large messages", between(0.01, 1.2)),
      required("chunk", &CollectiveCurve::chunk, "overhead of one pipeline chunk", kNonNegative),
      optional("small_group", &CollectiveCurve::small_group,
               "n ranks of a domain take 1 + small_group / n^2 as long to send", kNonNegative),
      optional("eager_limit", &CollectiveCurve::eager_limit,
               "bytes over one link up to which a protocol of less latency runs; 0 = none",
               kNonNegative),
      optional("eager_latency", &CollectiveCurve::eager_latency, "its fixed cost", kNonNegative),
      optional("eager_latency_per_hop", &CollectiveCurve::eager_latency_per_hop,
               "added for each further rank", kNonNegative),
      optional("eager_efficiency", &CollectiveCurve::eager_efficiency,
               "share of the link's bandwidth it reaches", between(0.001, 2.0)),
  };
};
template <>
struct List<CollectiveVariant> {
  static constexpr auto value = std::tuple{
      required("name", &CollectiveVariant::name, "system, implementation, operation"),
      required("fit", &CollectiveVariant::fit, "rows and error"),
      required("curve", &CollectiveVariant::curve, "its times"),
  };
};
template <>
struct List<Fabric> {
  static constexpr auto value = std::tuple{
      required("name", &Fabric::name, "link technology"),
      required("provenance", &Fabric::provenance, "which measurements the curves were fitted to"),
      required("all_gather", &Fabric::all_gather, "all-gather"),
      required("reduce_scatter", &Fabric::reduce_scatter, "reduce-scatter"),
      required("all_reduce", &Fabric::all_reduce, "all-reduce without in-network reduction"),
      required("all_to_all", &Fabric::all_to_all, "all-to-all"),
      required("send_recv", &Fabric::send_recv, "point to point"),
      optional("in_network_reduction_gain", &Fabric::in_network_reduction_gain,
               "all-reduce bus bandwidth with in-network reduction over without",
               between(1.0, 4.0)),
      optional("variants", &Fabric::variants, "implementations that only tables measured"),
  };
};
template <>
struct List<Tier> {
  static constexpr auto value = std::tuple{
      required("name", &Tier::name, "nvlink, rail, spine, pod, ..."),
      optional("gpus", &Tier::gpus, "GPUs that reach each other within this tier; 0 = no limit",
               between(0, 1e8)),
      required("bandwidth", &Tier::bandwidth, "per GPU and direction, line rate", kPositive),
      optional("oversubscription", &Tier::oversubscription,
               "bandwidth below this tier over bandwidth through it", between(1.0, 1000.0)),
      required("fabric", &Tier::fabric, "file of configs/fabrics"),
      optional("in_network_reduction", &Tier::in_network_reduction,
               "switches add up all-reduces (NVLS, SHARP)"),
  };
};
template <>
struct List<PowerSpec> {
  static constexpr auto value = std::tuple{
      required("node_overhead", &PowerSpec::node_overhead,
               "per GPU: CPUs, fans, NICs, conversion losses", kNonNegative),
      required("network", &PowerSpec::network, "per GPU: switches, optics, storage", kNonNegative),
      optional("activity", &PowerSpec::activity, "share of TDP a GPU draws while it computes",
               kRatio),
      optional("pue", &PowerSpec::pue, "facility power over IT power", between(1.0, 3.0)),
  };
};
template <>
struct List<PriceSpec> {
  static constexpr auto value = std::tuple{
      required("purchase_low", &PriceSpec::purchase_low, "per GPU, all in, low end", kNonNegative),
      required("purchase_high", &PriceSpec::purchase_high, "per GPU, all in, high end",
               kNonNegative),
      required("rental_low", &PriceSpec::rental_low, "per GPU, low end", kNonNegative),
      required("rental_high", &PriceSpec::rental_high, "per GPU, high end", kNonNegative),
  };
};
template <>
struct List<Cluster> {
  static constexpr auto value = std::tuple{
      required("name", &Cluster::name, "as users call it"),
      required("gpu", &Cluster::gpu, "file of configs/gpus"),
      required("form", &Cluster::form, "how it is built"),
      optional("pre_release", &Cluster::pre_release, "announced, not yet in the field"),
      required("node_gpus", &Cluster::node_gpus, "GPUs of one node", between(1, 1024)),
      required("order_gpus", &Cluster::order_gpus,
               "GPUs come in multiples of this (node or whole scale-up domain)", between(1, 1e6)),
      optional("host_time", &Cluster::host_time,
               "CPU time of a kernel launch, over that which stacks state", between(0.1, 10)),
      required("tiers", &Cluster::tiers, "network, from the GPU outwards"),
      required("power", &Cluster::power, "everything but the GPU's own limit"),
      required("price", &Cluster::price, "ranges, not quotes"),
      required("reliability", &Cluster::reliability, "failures and recovery"),
  };
};
}  // namespace fleetcast::fields
