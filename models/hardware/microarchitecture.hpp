#pragma once

// What a chip generation is made of, an SM and a clock at a time: what an event simulation needs
// beside the datasheet (gpu.hpp) to say why a kernel takes as long as it does. No number of it
// belongs to a shape or a kernel. Files: configs/microarchitectures.

#include <string>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

/// One pass of flash attention as this generation's best kernel runs it.
struct AttentionTiling {
  double rows = 128.0;         ///< queries that one SM holds
  double keys = 128.0;         ///< of one step
  double issue = 1.0;          ///< share of cycles in which tensor pipes get an instruction
  double overlap = 0.0;        ///< share of the softmax that runs under matrix products
  double vector_ops = 0.0;     ///< multiply-adds a score, beside its exponential
  bool heads_in_turn = false;  ///< false: as many heads at once as L2 holds what they walk over
};

struct Microarchitecture {
  std::string name;
  std::string provenance;
  Flops tensor{};             ///< bf16, of one SM in one clock
  Flops vector{};             ///< fp32, of one SM in one clock
  double exponentials = 0.0;  ///< of one SM in one clock
  Bytes shared_memory{};      ///< of one SM, for operands in flight
  double cluster = 1.0;       ///< SMs to which L2 sends an operand once
  Bytes port{};               ///< from L2 into one SM in one clock
  Bytes l2{};                 ///< from L2 into all SMs in one clock
  double l2_share = 1.0;      ///< of the capacity; the rest holds copies of the other partition
  Seconds l2_latency{};
  Seconds hbm_latency{};
  double hbm_efficiency = 1.0;  ///< of peak bandwidth, refresh and turn-arounds taken off
  Seconds launch{};             ///< of one kernel, until its SMs run and after they have ended
  double issue = 1.0;           ///< share of cycles in which tensor pipes get an instruction
  double tile_overlap = 0.0;    ///< share of a tile's fill and epilogue under its neighbours' steps
  Bytes epilogue{};             ///< of C, that one SM converts and stores in one clock
  Seconds meet{};               ///< until SMs that share a tile have seen each other's sums
  Joules tensor_flop{};         ///< bf16 on random data at boost clock; fp8 half, fp4 a fourth
  Joules l2_byte{};             ///< from L2 into an SM
  Joules hbm_byte{};
  Seconds power_window{};  ///< time constant with which the clock follows power
  AttentionTiling attention_forward, attention_backward;
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<AttentionTiling> {
  static constexpr auto value = std::tuple{
      required("rows", &AttentionTiling::rows, "queries that one SM holds", between(1, 4096)),
      required("keys", &AttentionTiling::keys, "of one step", between(1, 4096)),
      required("issue", &AttentionTiling::issue,
               "share of cycles in which tensor pipes get an instruction", between(0.01, 1.0)),
      required("overlap", &AttentionTiling::overlap,
               "share of the softmax that runs under matrix products", kRatio),
      required("vector_ops", &AttentionTiling::vector_ops,
               "multiply-adds a score, beside its exponential", kNonNegative),
      optional("heads_in_turn", &AttentionTiling::heads_in_turn,
               "one head after the other; false: as many at once as L2 holds what they walk over"),
  };
};
template <>
struct List<Microarchitecture> {
  static constexpr auto value = std::tuple{
      required("name", &Microarchitecture::name, "chip generation"),
      required("provenance", &Microarchitecture::provenance,
               "tables that numbers are fitted to, rows, error, date"),
      required("tensor", &Microarchitecture::tensor, "bf16, of one SM in one clock", kPositive),
      required("vector", &Microarchitecture::vector, "fp32, of one SM in one clock", kPositive),
      required("exponentials", &Microarchitecture::exponentials, "of one SM in one clock",
               kPositive),
      required("shared_memory", &Microarchitecture::shared_memory,
               "of one SM, for operands in flight", kPositive),
      required("cluster", &Microarchitecture::cluster, "SMs to which L2 sends an operand once",
               between(1, 16)),
      required("port", &Microarchitecture::port, "from L2 into one SM in one clock", kPositive),
      required("l2", &Microarchitecture::l2, "from L2 into all SMs in one clock", kPositive),
      required("l2_share", &Microarchitecture::l2_share,
               "of the capacity; the rest holds copies of the other partition", between(0.1, 1.0)),
      required("l2_latency", &Microarchitecture::l2_latency, "of a load that hits", kNonNegative),
      required("hbm_latency", &Microarchitecture::hbm_latency, "of a load that misses",
               kNonNegative),
      required("hbm_efficiency", &Microarchitecture::hbm_efficiency,
               "of peak bandwidth, refresh and turn-arounds taken off", between(0.1, 1.0)),
      required("launch", &Microarchitecture::launch,
               "of one kernel, until its SMs run and after they have ended", kNonNegative),
      required("issue", &Microarchitecture::issue,
               "share of cycles in which tensor pipes get an instruction", between(0.01, 1.0)),
      required("tile_overlap", &Microarchitecture::tile_overlap,
               "share of a tile's fill and epilogue under its neighbours' steps", kRatio),
      required("epilogue", &Microarchitecture::epilogue,
               "of C, that one SM converts and stores in one clock", kPositive),
      required("meet", &Microarchitecture::meet,
               "until SMs that share a tile have seen each other's sums", kNonNegative),
      required("tensor_flop", &Microarchitecture::tensor_flop,
               "bf16 on random data at boost clock; fp8 half, fp4 a fourth", kNonNegative),
      required("l2_byte", &Microarchitecture::l2_byte, "from L2 into an SM", kNonNegative),
      required("hbm_byte", &Microarchitecture::hbm_byte, "from HBM", kNonNegative),
      required("power_window", &Microarchitecture::power_window,
               "time constant with which the clock follows power", kPositive),
      required("attention_forward", &Microarchitecture::attention_forward,
               "flash attention, forward"),
      required("attention_backward", &Microarchitecture::attention_backward,
               "flash attention, backward"),
  };
};
}  // namespace fleetcast::fields
