#pragma once

// What is measured, with inputs of a realistic size: by the clock in *_bench.cpp, by counting
// instructions in count.cpp.

#include <array>
#include <string_view>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/cost/kernel.hpp"
#include "models/cost/longest_path.hpp"
#include "sim/engine/chip/spec.hpp"

namespace fleetcast::bench {

/// An H100 with curves near those of configs/kernels/h100.yaml, and no file to read.
Chip h100();

/// QKV, projection, up and down of one Llama 3 70B layer on 8 tensor ranks, 8,192 tokens.
inline constexpr std::array<GemmShape, 4> kLayerGemms{
    {{8192, 1280, 8192}, {8192, 8192, 1024}, {8192, 7168, 8192}, {8192, 8192, 3584}}};

Seconds price_layer(const Chip& chip);

/// The same GEMMs on a simulated H100 with numbers near those of configs/microarchitectures, each
/// by the fastest of its library's tiles. Returns the sum of their times.
chip::ChipSpec simulated_h100();
Seconds simulate_layer(const chip::ChipSpec& spec);

/// Llama 3.1 405B's pipeline: 16 stages of 8 chunks; 64 micro-batches are 16,384 slots.
struct Pipeline {
  PipelineShape shape{.stages = 16, .chunks = 8};
  std::vector<ChunkTimes> chunk;
  std::vector<Seconds> hop;
  PipelineWorkspace workspace;

  explicit Pipeline(int micro_batches);
  Seconds play_all();
  Seconds play_some();
  /// Forward and backward of every chunk and micro-batch on every stage.
  [[nodiscard]] int slots() const { return 2 * shape.stages * shape.chunks * shape.micro_batches; }
};

/// As hardware files write them.
inline constexpr std::array<std::string_view, 4> kBandwidths{"3.35 TB/s", "900 GB/s", "400 Gb/s",
                                                             "819.2 GB/s"};

BytesPerSecond parse_all();

}  // namespace fleetcast::bench
