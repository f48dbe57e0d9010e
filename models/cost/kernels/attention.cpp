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

/// The slower of two that overlap, the other not quite hidden: a p-norm.
Seconds joined(Seconds a, Seconds b, double sharpness) {
  const Seconds slow = std::max(a, b), fast = std::min(a, b);
  if (sharpness >= 100.0 || fast <= Seconds{}) return slow;
  return slow * std::pow(1.0 + std::pow(fast / slow, sharpness), 1.0 / sharpness);
}

constexpr double kDerateDecades = 1.5;  // beyond 1 ms; longer runs were not measured to lose more

/// Share of the rate that the power limit leaves, as with GEMMs; lasting load has lost it all.
double powered(const AttentionPass& kernel, Seconds work, Clock clock) {
  if (kernel.power_derate == 0.0) return 1.0;
  const double decades = clock == Clock::kSustained
                             ? kDerateDecades
                             : std::clamp(std::log10(work / Seconds{1e-3}), 0.0, kDerateDecades);
  return 1.0 - kernel.power_derate * decades;
}

/// Blocks of queries over the SMs: an even share each, never less than the longest block, and at
/// most that block more (list scheduling: Graham, SIAM J. Appl. Math. 17, 1969). SMs without a
/// block may take over keys.
Seconds computing(const AttentionShape& s, double passes, const AttentionPass& kernel,
                  const Chip& chip, FlopsPerSecond peak, Clock clock) {
  const double widths = s.head_dim + s.value_dim;
  const FlopsPerSecond rate = peak * (head_efficiency(kernel, s) / chip.sm_count);
  const Seconds key = Flops{2.0 * passes * kernel.block_rows * widths} / rate;
  const double blocks = s.batch * s.heads * std::ceil(s.queries / kernel.block_rows);
  const double mean_keys = s.causal ? 0.5 * s.keys : s.keys;
  const Seconds even = key * ((mean_keys + kernel.overhead_keys) * blocks / chip.sm_count);
  const double idle = std::max(0.0, chip.sm_count / blocks - 1.0);
  const Seconds longest = key * ((s.keys + kernel.overhead_keys) / (1.0 + kernel.split * idle));
  const Seconds time = std::max(longest, even + kernel.tail * longest);
  return time / powered(kernel, even, clock);
}

/// FlashAttention, arXiv 2205.14135 and 2307.08691: blocks of queries walk over the keys.
Seconds flash_time(const AttentionShape& s, Pass pass, const AttentionPass& kernel,
                   const Chip& chip, FlopsPerSecond peak, Clock clock) {
  const Seconds move = flash_traffic(s, pass) / (chip.hbm * kernel.memory_efficiency);
  const double shared = s.heads / s.kv_heads;  // decode: heads that share keys fill one block
  if (s.queries * shared <= 128.0 && s.keys > 2.0 * s.queries) return kernel.launch + move;
  const Seconds compute =
      computing(s, pass == Pass::kForward ? 1.0 : 2.5, kernel, chip, peak, clock);
  const Bytes prepared{kernel.passes * kElement * s.batch * s.queries *
                       (s.heads * s.head_dim + s.kv_heads * (s.head_dim + s.value_dim))};
  return kernel.launch + joined(compute, move, kernel.sharpness) + prepared / chip.hbm +
         kernel.token * (s.batch * s.queries);
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
  return flash_time(shape, pass, pass == Pass::kForward ? curve.forward : curve.backward, chip,
                    chip.attention_peak * rate, clock);
}

Seconds attention_time(const AttentionShape& shape, Pass pass, const AttentionPass& kernel,
                       const Chip& chip, FlopsPerSecond peak) {
  return flash_time(shape, pass, kernel, chip, peak, Clock::kBurst);
}

/// Keys and values stream once through the SMs, split where SMs would idle (flash decoding, Dao et
/// al. 2023); whole waves of blocks pace them.
Seconds decode_time(const AttentionShape& s, const AttentionDecode& kernel, const Chip& chip) {
  const double shared = s.heads / s.kv_heads;
  const double key_bytes = kElement * (s.head_dim + s.value_dim);
  const double groups = s.batch * s.kv_heads;
  const double limit = shared > 1.0 ? kernel.splits : kernel.lone_splits;
  const double splits = std::clamp(chip.sm_count / groups, 1.0, limit);
  const Seconds fixed =
      kernel.launch + kernel.sequence * s.batch + (splits > 1.0 ? kernel.join : Seconds{});
  if (shared > kernel.packed_heads)
    return fixed + Bytes{key_bytes * s.batch * s.heads * s.keys} / kernel.cache;
  const Seconds longest = kernel.block_bandwidth > BytesPerSecond{}
                              ? Bytes{key_bytes * s.keys / splits} / kernel.block_bandwidth
                              : Seconds{};
  const Seconds move = flash_traffic(s, Pass::kForward) / (chip.hbm * kernel.memory_efficiency);
  return fixed + joined(longest, move, kernel.sharpness);
}

}  // namespace fleetcast
