#include "models/workload/precision.hpp"

namespace fleetcast {

constinit const Precision kBf16{.key = "bf16",
                                .meaning = "bfloat16 GEMMs, fp32 master weights",
                                .gemm = Dtype::kBf16,
                                .quantize_bytes = 0,
                                .quantize_kernels = 0,
                                .saved_bytes = 2,
                                .gather_bytes = 2,
                                .scatter_bytes = 2,
                                .weight_bytes = 2,
                                .param_gather_bytes = 2,
                                .microscaling = false,
                                .blockwise = false};

namespace {

constinit const Precision kFp16{.key = "fp16",
                                .meaning = "float16 GEMMs, fp32 master weights, loss scaling",
                                .gemm = Dtype::kFp16,
                                .quantize_bytes = 0,
                                .quantize_kernels = 0,
                                .saved_bytes = 2,
                                .gather_bytes = 2,
                                .scatter_bytes = 2,
                                .weight_bytes = 2,
                                .param_gather_bytes = 2,
                                .microscaling = false,
                                .blockwise = false};

// Reads 2 bytes, writes one row-wise and one column-wise (transposed) byte; scales of earlier
// steps.
constinit const Precision kFp8Delayed{.key = "fp8-delayed",
                                      .meaning = "per-tensor fp8, scales from earlier steps",
                                      .gemm = Dtype::kFp8,
                                      .quantize_bytes = 4,
                                      .quantize_kernels = 1,
                                      .saved_bytes = 1,
                                      .gather_bytes = 1,
                                      .scatter_bytes = 1,
                                      .weight_bytes = 4,
                                      .param_gather_bytes = 1,
                                      .microscaling = false,
                                      .blockwise = false};

// As delayed, and one more read for the tensor's own maximum.
constinit const Precision kFp8Current{.key = "fp8-current",
                                      .meaning = "per-tensor fp8, scale of the tensor itself",
                                      .gemm = Dtype::kFp8,
                                      .quantize_bytes = 6,
                                      .quantize_kernels = 2,
                                      .saved_bytes = 1,
                                      .gather_bytes = 1,
                                      .scatter_bytes = 1,
                                      .weight_bytes = 4,
                                      .param_gather_bytes = 1,
                                      .microscaling = false,
                                      .blockwise = false};

// 1x128 scales for activations, both orientations, fp32 scales beside them.
constinit const Precision kFp8Blockwise{.key = "fp8-blockwise",
                                        .meaning = "1x128 / 128x128 block scales (DeepSeek-V3)",
                                        .gemm = Dtype::kFp8,
                                        .quantize_bytes = 6.5,
                                        .quantize_kernels = 2,
                                        .saved_bytes = 1.03,
                                        .gather_bytes = 1.03,
                                        .scatter_bytes = 2,
                                        .weight_bytes = 4,
                                        .param_gather_bytes = 1.03,
                                        .microscaling = false,
                                        .blockwise = true};

// One power-of-two scale per 32 elements in each of two orientations, and the scale swizzle.
constinit const Precision kMxfp8{.key = "mxfp8",
                                 .meaning = "fp8 with one shared exponent per 32 elements (OCP MX)",
                                 .gemm = Dtype::kFp8,
                                 .quantize_bytes = 4.6,
                                 .quantize_kernels = 2,
                                 .saved_bytes = 1.03,
                                 .gather_bytes = 2,
                                 .scatter_bytes = 2,
                                 .weight_bytes = 4,
                                 .param_gather_bytes = 2,
                                 .microscaling = true,
                                 .blockwise = false};

// Hadamard transform and stochastic rounding: two reads, half a byte twice, scales (NVIDIA 2025,
// arXiv:2509.25149). The last layers stay in bf16 there (about 15 % of linears at 12B).
constinit const Precision kNvfp4{
    .key = "nvfp4",
    .meaning = "fp4 with fp8 scales per 16 elements, weight gradients included",
    .gemm = Dtype::kFp4,
    .quantize_bytes = 7,
    .quantize_kernels = 3,
    .saved_bytes = 0.5625,
    .gather_bytes = 2,
    .scatter_bytes = 2,
    .weight_bytes = 3.2,
    .param_gather_bytes = 2,
    .microscaling = true,
    .blockwise = false};

constexpr std::array<const Precision*, 7> kPrecisions{
    &kBf16, &kFp16, &kFp8Delayed, &kFp8Current, &kFp8Blockwise, &kMxfp8, &kNvfp4};

}  // namespace

std::span<const Precision* const> precisions() { return kPrecisions; }

const Precision* find_precision(std::string_view key) {
  for (const Precision* p : kPrecisions)
    if (p->key == key) return p;
  return nullptr;
}

}  // namespace fleetcast
