#pragma once

// How long one kernel takes on one chip: GEMM, grouped GEMM, attention, memory-bound kernels.
// Pure functions of a shape and a Chip, in the hot path of search: no allocation, no strings.
// Launch gaps between kernels are not in here, they belong to the software stack.

#include <array>

#include "models/base/quantity.hpp"
#include "models/hardware/curve.hpp"
#include "models/hardware/gpu.hpp"
#include "models/hardware/memory_curve.hpp"
#include "models/workload/op.hpp"

namespace fleetcast {

/// Kernel tables are short bursts at full clock; training holds the power limit for days.
enum class Clock : unsigned char { kBurst, kSustained };

/// How operands of an fp8 GEMM are scaled; other formats have one curve.
enum class Scaling : unsigned char { kTensor, kBlock };

enum class AttentionKernel : unsigned char { kUnfused, kFlash2, kFlash3 };
inline constexpr int kAttentionKernelCount = 3;

/// One number format's GEMM as this chip runs it.
struct ChipGemm {
  FlopsPerSecond sm_peak{};  ///< of one SM
  BytesPerSecond memory{};   ///< HBM as GEMMs reach it
  Bytes element{};           ///< of A and B
  GemmCurve curve;
};

/// A GPU and its curves, flattened once; make one per GPU with make_chip and share it.
struct Chip {
  std::array<ChipGemm, kDtypeCount> gemm{};
  ChipGemm gemm_fp8_block{};
  std::array<AttentionCurve, kAttentionKernelCount> attention{};
  std::array<MemoryCurve, kMemoryKindCount> memory{};
  FlopsPerSecond attention_peak{};  ///< bf16; fp16 where that is missing
  BytesPerSecond hbm{};
  Bytes l2{};
  double sm_count = 0;
  double grouped = 1.0;
  double sustained = 1.0;  ///< of GEMMs
  double attention_sustained = 1.0;

  /// False where the chip lacks the format: no GEMM may be priced in it.
  [[nodiscard]] bool runs(Dtype d) const {
    return gemm[static_cast<unsigned char>(d)].sm_peak.base() > 0.0;
  }
};

/// A format that `curves` do not describe is priced by the bf16 fractions at its own peak.
Chip make_chip(const Gpu& gpu, const KernelCurves& curves);

struct GemmOptions {
  Bytes epilogue{};  ///< moved besides A, B and a bf16 C; 6 bytes an element of C to add into fp32
  Scaling scaling = Scaling::kTensor;
  Clock clock = Clock::kSustained;
};

/// C[m,n] = A[m,k] B[k,n] in one kernel; C is bf16. `shape.groups` is ignored: that is
/// grouped_gemm_time. Quantising A and B is not included: that is memory_time.
/// Requires: chip.runs(in); sizes >= 1.
Seconds gemm_time(const GemmShape& shape, Dtype in, const Chip& chip, const GemmOptions& = {});

/// `per_expert.groups` GEMMs of that shape in one launch: their tiles share the waves, and the
/// weights of every group are read. `epilogue` is that of all groups together.
Seconds grouped_gemm_time(const GemmShape& per_expert, Dtype in, const Chip& chip,
                          const GemmOptions& = {});

/// One attention call in bf16 (fp16 where that is missing), without rotary embedding. Backward
/// includes recomputing QK^T.
/// Unfused attention writes its scores: batched GEMMs and softmax kernels over the full square.
Seconds attention_time(const AttentionShape& shape, Pass pass, AttentionKernel kind,
                       const Chip& chip, Clock clock = Clock::kSustained);

/// The same at burst clock by a curve of one's own; `peak` is that of the format it computes in.
Seconds attention_time(const AttentionShape& shape, Pass pass, const AttentionPass& kernel,
                       const Chip& chip, FlopsPerSecond peak);

/// One query of each sequence against its keys. Requires: shape.queries is 1.
Seconds decode_time(const AttentionShape& shape, const AttentionDecode& kernel, const Chip& chip);

/// Memory-bound kernels: a fixed time each, and the bytes at the efficiency of their kind.
Seconds memory_time(const Traffic& traffic, const Chip& chip);

/// One kernel that moves `bytes` of a matrix of `rows`, by a curve of its own.
Seconds memory_time(Bytes bytes, double rows, const MemoryPass& kernel, const Chip& chip);

}  // namespace fleetcast
