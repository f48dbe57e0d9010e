#pragma once

// What one attention kernel reaches: blocks of queries walk over the keys, spread over the SMs.
// models/cost/kernels/attention.cpp turns these numbers into times.

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

/// One direction of one attention kernel.
struct AttentionPass {
  Seconds launch{};            ///< fixed cost of one call
  double efficiency_64 = 0.0;  ///< of the tensor peak, long sequences, heads of 64
  double efficiency_128 = 0.0;
  double efficiency_256 = 0.0;
  double efficiency_mla = 0.0;   ///< queries and keys of 192, values of 128
  double block_rows = 128.0;     ///< queries of one head that one block holds
  double overhead_keys = 0.0;    ///< fill and drain of one block, in keys it could have read
  double tail = 0.0;             ///< of the longest block, in which other SMs have run dry
  double split = 0.0;            ///< share of idle SMs that take over keys of a block
  double memory_efficiency = 0;  ///< of HBM bandwidth: queries, keys, values, outputs
  double sharpness = 100.0;      ///< p of the p-norm that joins computing and moving
  double passes = 0.0;           ///< of Q, K and V through HBM beforehand: rotary, KV-cache write
  Seconds token{};               ///< look-up in the page table, a token of the batch
  double power_derate = 0.0;     ///< of the rate, lost for each tenfold of work beyond 1 ms
};

/// One query against many keys, which it waits for.
struct AttentionDecode {
  Seconds launch{};
  double memory_efficiency = 0.0;    ///< of HBM bandwidth, all SMs busy; more where L2 holds keys
  double sharpness = 100.0;          ///< p of the p-norm that joins the longest block and HBM
  BytesPerSecond block_bandwidth{};  ///< keys and values through one SM; 0 = no limit
  double splits = 1.0;               ///< at most, of the keys of one group of heads
  double lone_splits = 1.0;          ///< the same where each head has keys of its own
  Seconds join{};                    ///< adding up what the splits found
  Seconds sequence{};                ///< of the batch, each
  double packed_heads = 1e3;         ///< at most, that read their keys once; more read them one by
                                     ///< one, out of L2
  BytesPerSecond cache{};            ///< L2 as such heads reach it
};

struct AttentionCurve {
  AttentionPass forward;
  AttentionPass backward;
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<AttentionPass> {
  static constexpr auto value = std::tuple{
      required("launch", &AttentionPass::launch, "fixed cost of one call", kNonNegative),
      required("efficiency_64", &AttentionPass::efficiency_64,
               "of the tensor peak, long sequences, heads of 64", between(0.01, 1.5)),
      required("efficiency_128", &AttentionPass::efficiency_128, "the same, heads of 128",
               between(0.01, 1.5)),
      required("efficiency_256", &AttentionPass::efficiency_256, "the same, heads of 256",
               between(0.01, 1.5)),
      required("efficiency_mla", &AttentionPass::efficiency_mla,
               "the same, queries and keys of 192, values of 128", between(0.01, 1.5)),
      optional("block_rows", &AttentionPass::block_rows, "queries of one head that one block holds",
               between(1, 1024)),
      required("overhead_keys", &AttentionPass::overhead_keys,
               "fill and drain of one block of queries, in keys", kNonNegative),
      optional("tail", &AttentionPass::tail,
               "of the longest block, in which other SMs have run dry", kRatio),
      optional("split", &AttentionPass::split, "share of idle SMs that take over keys of a block",
               kRatio),
      required("memory_efficiency", &AttentionPass::memory_efficiency, "of HBM bandwidth",
               between(0.01, 3.0)),
      optional("sharpness", &AttentionPass::sharpness,
               "p of the p-norm that joins computing and moving", between(1.0, 100.0)),
      optional("passes", &AttentionPass::passes,
               "of Q, K and V through HBM beforehand: rotary, KV-cache write", kNonNegative),
      optional("token", &AttentionPass::token, "look-up in the page table, a token of the batch",
               kNonNegative),
      optional("power_derate", &AttentionPass::power_derate,
               "of the rate, lost for each tenfold of work beyond 1 ms", kRatio),
  };
};
template <>
struct List<AttentionDecode> {
  static constexpr auto value = std::tuple{
      required("launch", &AttentionDecode::launch, "fixed cost of one call", kNonNegative),
      required("memory_efficiency", &AttentionDecode::memory_efficiency,
               "of HBM bandwidth; more than 1 where L2 holds keys", between(0.01, 3.0)),
      optional("sharpness", &AttentionDecode::sharpness,
               "p of the p-norm that joins the longest block and HBM", between(1.0, 100.0)),
      optional("block_bandwidth", &AttentionDecode::block_bandwidth,
               "keys and values through one SM; 0 = no limit", kNonNegative),
      optional("splits", &AttentionDecode::splits, "at most, of the keys of one group of heads",
               between(1, 1000)),
      optional("lone_splits", &AttentionDecode::lone_splits,
               "the same where each head has keys of its own", between(1, 1000)),
      optional("join", &AttentionDecode::join, "adding up what the splits found", kNonNegative),
      optional("sequence", &AttentionDecode::sequence, "of the batch, each", kNonNegative),
      optional("packed_heads", &AttentionDecode::packed_heads,
               "at most, that read their keys once; more read them one by one, out of L2",
               between(1, 1000)),
      optional("cache", &AttentionDecode::cache, "L2 as such heads reach it", kNonNegative),
  };
};
template <>
struct List<AttentionCurve> {
  static constexpr auto value = std::tuple{
      required("forward", &AttentionCurve::forward, "forward pass"),
      required("backward", &AttentionCurve::backward, "backward pass, 2.5 times the FLOPs"),
  };
};
}  // namespace fleetcast::fields
