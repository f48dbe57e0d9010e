#include "sim/engine/chip/spec.hpp"

namespace fleetcast::chip {

ChipSpec make_spec(const Gpu& gpu, const Microarchitecture& made) {
  ChipSpec spec;
  spec.sms = static_cast<int>(gpu.sm_count);
  for (int d = 0; d < kDtypeCount; ++d)
    spec.tensor[static_cast<std::size_t>(d)] = gpu.peak.of(static_cast<Dtype>(d)) / gpu.sm_count;
  const FlopsPerSecond wide = gpu.peak.bf16 > FlopsPerSecond{} ? gpu.peak.bf16 : gpu.peak.fp16;
  const PerSecond clock{wide / gpu.sm_count / FlopsPerSecond{made.tensor.base()}};
  const double hertz = clock.base();
  spec.vector = FlopsPerSecond{made.vector.base() * hertz};
  spec.exponentials_per_second = made.exponentials * hertz;
  spec.port = BytesPerSecond{made.port.base() * hertz};
  spec.epilogue = BytesPerSecond{made.epilogue.base() * hertz};
  spec.l2 = BytesPerSecond{made.l2.base() * hertz};
  spec.l2_capacity = gpu.l2 * made.l2_share;
  spec.hbm = gpu.hbm_bandwidth * made.hbm_efficiency;
  spec.limit = gpu.tdp;
  spec.idle = gpu.idle;
  spec.made = made;
  return spec;
}

}  // namespace fleetcast::chip
