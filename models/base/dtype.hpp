#pragma once

// Number formats of kernels and of what is stored and sent.

#include "models/base/quantity.hpp"

namespace fleetcast {

/// fp8 stands for e4m3/e5m2 at any scaling, fp4 for nvfp4/mxfp4.
enum class Dtype : unsigned char { kFp32, kBf16, kFp16, kFp8, kFp4 };
inline constexpr int kDtypeCount = 5;

constexpr double bits_of(Dtype d) {
  return d == Dtype::kFp32 ? 32.0 : d == Dtype::kFp8 ? 8.0 : d == Dtype::kFp4 ? 4.0 : 16.0;
}
constexpr Bytes bytes_of(Dtype d) { return Bytes{bits_of(d) / 8.0}; }

}  // namespace fleetcast
