#pragma once

// A GPU as its simulation sees it: rates of one SM and of what all SMs share, at boost clock.

#include <array>

#include "models/hardware/gpu.hpp"
#include "models/hardware/microarchitecture.hpp"

namespace fleetcast::chip {

struct ChipSpec {
  int sms = 0;
  std::array<FlopsPerSecond, kDtypeCount> tensor{};  ///< of one SM; zero where it lacks the format
  FlopsPerSecond vector{};                           ///< of one SM
  double exponentials_per_second = 0.0;              ///< of one SM
  BytesPerSecond port{};                             ///< from L2 into one SM
  BytesPerSecond epilogue{};                         ///< out of one SM
  BytesPerSecond l2{};                               ///< into all SMs
  Bytes l2_capacity{};
  BytesPerSecond hbm{};  ///< as kernels reach it
  Watts limit{}, idle{};
  Microarchitecture made;

  [[nodiscard]] FlopsPerSecond tensor_of(Dtype d) const {
    return tensor[static_cast<unsigned char>(d)];
  }
  [[nodiscard]] bool runs(Dtype d) const { return tensor_of(d) > FlopsPerSecond{}; }
};

/// The clock is the one at which the datasheet's bf16 peak is reached (fp16 where that is missing).
/// Requires: a bf16 or fp16 peak.
ChipSpec make_spec(const Gpu& gpu, const Microarchitecture& made);

}  // namespace fleetcast::chip
