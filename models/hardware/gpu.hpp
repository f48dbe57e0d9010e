#pragma once

// An accelerator as its datasheet states it. What it reaches in practice is in curve.hpp.

#include <string>

#include "models/base/dtype.hpp"
#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

/// Dense tensor-core peaks; zero where the chip lacks the format.
struct Peaks {
  FlopsPerSecond fp32{};
  FlopsPerSecond bf16{};
  FlopsPerSecond fp16{};
  FlopsPerSecond fp8{};
  FlopsPerSecond fp4{};

  [[nodiscard]] constexpr FlopsPerSecond of(Dtype d) const {
    switch (d) {
      case Dtype::kFp32: return fp32;
      case Dtype::kBf16: return bf16;
      case Dtype::kFp16: return fp16;
      case Dtype::kFp8: return fp8;
      case Dtype::kFp4: return fp4;
    }
    return bf16;
  }
};

struct Gpu {
  std::string name;
  std::string vendor;
  std::string architecture;
  std::string launch;
  bool pre_release = false;
  std::string kernels;            ///< file of configs/kernels with its efficiency curves
  bool kernels_measured = false;  ///< false: curves of a relative, not of this chip
  std::string microarchitecture;  ///< file of configs/microarchitectures; empty: not described
  Peaks peak;
  double sm_count = 0;
  Bytes l2{};
  Bytes memory{};                  ///< as marketed
  Bytes memory_usable{};           ///< as a job sees it
  BytesPerSecond hbm_bandwidth{};  ///< peak, before any efficiency
  bool microscaling = false;       ///< tensor cores scale blocks of 16 or 32 (mxfp8, nvfp4)
  double fp8_exact_rate = 1.0;     ///< fp8 GEMMs that add up in full precision, over fast ones
  Watts tdp{};
  Watts idle{};
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<Peaks> {
  static constexpr auto value = std::tuple{
      required("fp32", &Peaks::fp32, "vector FP32 peak, dense", kNonNegative),
      required("bf16", &Peaks::bf16, "tensor BF16 peak, dense; 0 where missing", kNonNegative),
      required("fp16", &Peaks::fp16, "tensor FP16 peak, dense", kNonNegative),
      required("fp8", &Peaks::fp8, "tensor FP8 peak, dense; 0 where missing", kNonNegative),
      required("fp4", &Peaks::fp4, "tensor FP4 peak, dense; 0 where missing", kNonNegative),
  };
};
template <>
struct List<Gpu> {
  static constexpr auto value = std::tuple{
      required("name", &Gpu::name, "as users call it"),
      required("vendor", &Gpu::vendor, "maker"),
      required("architecture", &Gpu::architecture, "chip generation"),
      required("launch", &Gpu::launch, "announcement or first shipment"),
      optional("pre_release", &Gpu::pre_release, "announced, not yet in the field"),
      required("kernels", &Gpu::kernels, "file of configs/kernels with its efficiency curves"),
      required("kernels_measured", &Gpu::kernels_measured,
               "true: curves measured on this chip; false: borrowed from a relative"),
      optional("microarchitecture", &Gpu::microarchitecture,
               "file of configs/microarchitectures, for simulations of the chip"),
      required("peak", &Gpu::peak, "dense peaks by number format"),
      required("sm_count", &Gpu::sm_count, "streaming multiprocessors (compute units)",
               between(1, 100000)),
      required("l2", &Gpu::l2, "last-level cache", kPositive),
      required("memory", &Gpu::memory, "HBM capacity as marketed", kPositive),
      required("memory_usable", &Gpu::memory_usable, "HBM capacity a job can use", kPositive),
      required("hbm_bandwidth", &Gpu::hbm_bandwidth, "HBM peak, before any efficiency", kPositive),
      optional("microscaling", &Gpu::microscaling,
               "tensor cores scale blocks of 16 or 32 (mxfp8, nvfp4)"),
      optional("fp8_exact_rate", &Gpu::fp8_exact_rate,
               "fp8 GEMMs that add up in full precision (gradients), over fast ones",
               between(0.1, 1.0)),
      required("tdp", &Gpu::tdp, "power limit of the accelerator", kPositive),
      required("idle", &Gpu::idle, "power when idle", kNonNegative),
  };
};
}  // namespace fleetcast::fields
