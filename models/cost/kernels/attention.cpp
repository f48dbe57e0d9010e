#include <algorithm>
#include <cmath>

#include "models/cost/kernel.hpp"

namespace fleetcast {
namespace {

constexpr double kElement = 2.0;  // bytes: queries, keys, values, outputs are bf16

/// Between the measured head sizes, straight in the logarithm.
double head_efficiency(const AttentionPass& pass, const AttentionShape& shape) {
  if (shape.head_dim > shape.value_dim) return pass.efficiency_mla;
  const double octaves = std::log2(shape.head_dim / 128.0);
  const double other = octaves < 0.0 ? pass.efficiency_64 : pass.efficiency_256;
  const double share = std::min(std::abs(octaves), 1.0);
  return pass.efficiency_128 + share * (other - pass.efficiency_128);
}

/// Each element of Q, K, V, O read or written once; backward also reads O and dO, and adds up dQ in
/// fp32 besides writing the gradients.
Bytes flash_traffic(const AttentionShape& s, Pass pass) {
  const double widths = s.head_dim + s.value_dim;
  const double forward = kElement * s.batch * widths * (s.heads * s.queries + s.kv_heads * s.keys);
  if (pass == Pass::kForward) return Bytes{forward};
  return Bytes{2.0 * forward + 8.0 * s.batch * s.heads * s.queries * s.head_dim};
}

/// FlashAttention, arXiv 2205.14135 and 2307.08691: blocks of 128 queries walk over the keys.
Seconds flash_time(const AttentionShape& s, Pass pass, const AttentionCurve& curve,
                   const Chip& chip, double rate) {
  const AttentionPass& kernel = pass == Pass::kForward ? curve.forward : curve.backward;
  const Seconds move = flash_traffic(s, pass) / (chip.hbm * kernel.memory_efficiency);
  const double shared = s.heads / s.kv_heads;  // decode: heads that share keys fill one block
  if (s.queries * shared <= 128.0 && s.keys > 2.0 * s.queries) return kernel.launch + move;
  const double mean_keys = s.causal ? 0.5 * s.keys : s.keys;
  const double padding = 1.0 + kernel.overhead_keys / mean_keys;
  const double waves = s.batch * s.heads * std::ceil(s.queries / 128.0) / chip.sm_count;
  const double idle = std::max(1.0, 1.0 / waves);
  const double passes = pass == Pass::kForward ? 1.0 : 2.5;
  const FlopsPerSecond reached = chip.attention_peak * (head_efficiency(kernel, s) * rate);
  return kernel.launch + std::max(s.work() * (passes * padding * idle) / reached, move);
}

/// Scores go through memory: batched GEMMs over the full square, and a softmax and a dropout kernel
/// (Korthikanti et al., arXiv 2205.05198, section 4.1: bytes of each).
Seconds unfused_time(const AttentionShape& s, Pass pass, const Chip& chip, Clock clock) {
  const double g = s.batch * s.heads, q = s.queries, t = s.keys;
  const GemmOptions options{.clock = clock};
  const Dtype wide = chip.runs(Dtype::kBf16) ? Dtype::kBf16 : Dtype::kFp16;
  const auto gemm = [&](double m, double n, double k) {
    return grouped_gemm_time({m, n, k, g}, wide, chip, options);
  };
  const double scores = g * q * t;
  if (pass == Pass::kForward) {
    return gemm(q, t, s.head_dim) + gemm(q, s.value_dim, t) +
           memory_time({MemoryKind::kSoftmax, Bytes{9.0 * scores}, 2.0}, chip);
  }
  return gemm(q, t, s.value_dim) + gemm(t, s.value_dim, q) + gemm(q, s.head_dim, t) +
         gemm(t, s.head_dim, q) +
         memory_time({MemoryKind::kSoftmax, Bytes{11.0 * scores}, 2.0}, chip);
}

}  // namespace

Seconds attention_time(const AttentionShape& shape, Pass pass, AttentionKernel kind,
                       const Chip& chip, Clock clock) {
  if (kind == AttentionKernel::kUnfused) return unfused_time(shape, pass, chip, clock);
  const AttentionCurve& curve = chip.attention[static_cast<unsigned char>(kind)];
  const double rate = clock == Clock::kSustained ? chip.attention_sustained : 1.0;
  return flash_time(shape, pass, curve, chip, rate);
}

}  // namespace fleetcast
