#pragma once

// A chip of 1 FLOP/s, a network of 1 B/s, and a model small enough to count by hand. Nothing has a
// launch time or a latency, and memory moves at once unless a test slows it down.

#include <limits>

#include "models/cost/schedule.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast::toy {

inline constexpr double kInfinite = std::numeric_limits<double>::infinity();

inline KernelCurves curves() {
  KernelCurves out;
  out.gemm.bf16 = {.efficiency = 1.0,
                   .memory_efficiency = 1.0,
                   .operands = BytesPerSecond{kInfinite},
                   .sharpness = 100.0};
  const AttentionPass pass{.efficiency_64 = 1.0,
                           .efficiency_128 = 1.0,
                           .efficiency_256 = 1.0,
                           .efficiency_mla = 1.0,
                           .block_rows = 1.0,  // so that no block takes longer than its share
                           .memory_efficiency = 1.0};
  out.attention.flash2 = out.attention.flash3 = {pass, pass};
  const MemoryCurve whole{.efficiency = 1.0};
  out.memory = {whole, whole, whole, whole, whole, whole, whole};
  return out;
}

inline Gpu gpu() {
  Gpu out;
  out.name = "toy";
  out.peak = {.bf16 = FlopsPerSecond{1}, .fp16 = FlopsPerSecond{1}};
  out.sm_count = 1;
  out.memory = out.memory_usable = Bytes{1e18};
  out.hbm_bandwidth = BytesPerSecond{kInfinite};
  out.tdp = Watts{1};
  return out;
}

inline Fabric fabric() {
  const CollectiveCurve whole{.efficiency = 1.0};
  Fabric out;
  out.all_gather = out.reduce_scatter = out.all_reduce = out.all_to_all = out.send_recv = whole;
  return out;
}

/// One tier that joins everybody; nothing fails, all GPUs are equally fast.
inline System system(const Gpu& chip = gpu(), BytesPerSecond bandwidth = BytesPerSecond{1}) {
  Cluster cluster;
  cluster.node_gpus = cluster.order_gpus = 1;
  cluster.tiers = {{.name = "all", .bandwidth = bandwidth}};
  cluster.reliability.speed_spread = 0.0;
  return make_system(cluster, chip, curves(), {fabric()});
}

/// No launch takes time, nothing is chunked, what overlaps does not slow compute.
inline Stack stack() {
  Stack out;
  return out;
}

/// GPT style, widths of 128 and more so that tensor shards still fill whole tiles of a GEMM. A
/// layer has, for 128 tokens: qkv 128 x 384 x 128, projection 128 x 128 x 128, MLP twice 128 x 512
/// x 128 multiply-adds, and attention over half of the square.
inline Transformer model(double layers = 4) {
  Transformer m;
  m.layers = layers;
  m.hidden = 128;
  m.ffn_hidden = 512;
  m.heads = m.kv_heads = 2;
  m.vocab = 256;
  return m;
}
inline constexpr double kSeqLen = 128;
inline constexpr double kQkv = 2.0 * 128 * 384 * 128;
inline constexpr double kProjection = 2.0 * 128 * 128 * 128;
inline constexpr double kUp = 2.0 * 128 * 512 * 128;
inline constexpr double kDown = kUp;
inline constexpr double kLinears = kQkv + kProjection + kUp + kDown;
inline constexpr double kScores = 0.5 * 2 * 2 * 128 * 128 * (64 + 64);  // 2 heads of 64
inline constexpr double kLogits = 2.0 * 128 * 256 * 128;

/// 1F1B of one stage: a plan whose other sizes a test sets.
inline Plan plan() {
  Plan out;
  out.schedule = &kOneFOneB;
  return out;
}

/// Owns what a Pricing points to; not to be copied.
struct World {
  System hardware = system();
  Transformer transformer = model();
  Stack software = stack();
  Pricing pricing;

  explicit World(double seq_len = kSeqLen) { price(seq_len); }
  explicit World(const Transformer& m, double seq_len = kSeqLen) : transformer(m) {
    price(seq_len);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void price(double seq_len) {
    pricing = {.system = &hardware,
               .job = {&transformer, seq_len, 0},
               .parameters = count_parameters(transformer),
               .precision = &kBf16,
               .stack = &software};
  }
  [[nodiscard]] LayerProgram lowered(const Plan& p, LayerKind kind = LayerKind::kDense) const {
    LoweringWorkspace workspace;
    LayerProgram program;
    lower_layer(kind, pricing, p, workspace, program);
    return program;
  }
};

inline Seconds sum_of(const TaskList& list, Stream stream) {
  Seconds sum{};
  for (int i = 0; i < list.count; ++i)
    if (list.tasks[static_cast<std::size_t>(i)].stream == stream)
      sum += list.tasks[static_cast<std::size_t>(i)].duration;
  return sum;
}
inline Seconds sum_of(const TaskList& list, Cost cost) {
  Seconds sum{};
  for (int i = 0; i < list.count; ++i)
    if (list.tasks[static_cast<std::size_t>(i)].cost == cost)
      sum += list.tasks[static_cast<std::size_t>(i)].duration;
  return sum;
}

}  // namespace fleetcast::toy
