#include "bench/subjects.hpp"

#include "models/base/quantity_text.hpp"

namespace fleetcast::bench {

Chip h100() {
  Gpu gpu;
  gpu.peak.bf16 = FlopsPerSecond{989.4e12};
  gpu.hbm_bandwidth = BytesPerSecond{3.35e12};
  gpu.sm_count = 132;
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
