#include "bench/subjects.hpp"

#include "models/base/quantity_text.hpp"
#include "sim/engine/chip/library.hpp"

namespace fleetcast::bench {

namespace {

Gpu h100_datasheet() {
  Gpu gpu;
  gpu.peak.bf16 = FlopsPerSecond{989.4e12};
  gpu.hbm_bandwidth = BytesPerSecond{3.35e12};
  gpu.sm_count = 132;
  gpu.l2 = Bytes{50.0 * 1024 * 1024};
  gpu.tdp = Watts{700};
  gpu.idle = Watts{70};
  return gpu;
}

}  // namespace

Chip h100() {
  const Gpu gpu = h100_datasheet();
  KernelCurves curves;
  curves.gemm.bf16 = {.launch = Seconds{1.8e-6},
                      .efficiency = 0.845,
                      .power_derate = 0.086,
                      .memory_efficiency = 0.838,
                      .operands = BytesPerSecond{197e9},
                      .tile = Seconds{0.96e-6},
                      .split = Seconds{2.6e-6},
                      .sharpness = 3.06};
  return make_chip(gpu, curves);
}

Seconds price_layer(const Chip& chip) {
  Seconds sum{};
  for (const GemmShape& shape : kLayerGemms) sum += gemm_time(shape, Dtype::kBf16, chip);
  return sum;
}

chip::ChipSpec simulated_h100() {
  Microarchitecture made;
  made.tensor = Flops{4096};
  made.vector = Flops{256};
  made.exponentials = 16;
  made.shared_memory = Bytes{227.0 * 1024};
  made.cluster = 2;
  made.port = made.epilogue = Bytes{64};
  made.l2 = Bytes{6575};
  made.l2_share = 0.5;
  made.l2_latency = Seconds{0.15e-6};
  made.hbm_latency = Seconds{0.5e-6};
  made.hbm_efficiency = 0.89;
  made.launch = Seconds{2.57e-6};
  made.issue = 0.87;
  made.tile_overlap = 0.47;
  made.meet = Seconds{2e-6};
  made.tensor_flop = Joules{1e-12};
  made.hbm_byte = Joules{31e-12};
  made.power_window = Seconds{7e-3};
  return chip::make_spec(h100_datasheet(), made);
}

Seconds simulate_layer(const chip::ChipSpec& spec) {
  Seconds sum{};
  for (const GemmShape& shape : kLayerGemms)
    sum += chip::run_gemm({.shape = shape}, spec, {.warm = true}, {9.0}).outcome.time;
  return sum;
}

Pipeline::Pipeline(int micro_batches) {
  shape.micro_batches = micro_batches;
  const int virtual_stages = shape.stages * shape.chunks;
  const ChunkTimes each{Seconds{1e-3}, Seconds{1.2e-3}, Seconds{0.9e-3}};
  chunk.assign(static_cast<std::size_t>(virtual_stages), each);
  hop.assign(static_cast<std::size_t>(virtual_stages - 1), Seconds{0.1e-3});
}

Seconds Pipeline::play_all() { return play(kInterleaved, shape, {chunk, hop}, workspace).total; }

Seconds Pipeline::play_some() {
  return play_periodic(kInterleaved, shape, {chunk, hop}, workspace).total;
}

BytesPerSecond parse_all() {
  BytesPerSecond sum{};
  for (const std::string_view text : kBandwidths) sum += parse_quantity<BytesPerSecond>(text).value;
  return sum;
}

}  // namespace fleetcast::bench
