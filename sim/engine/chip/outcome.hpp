#pragma once

// What a simulation of one kernel says: how long, and what each moment of each SM went into.

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/quantity.hpp"
#include "sim/engine/chip/governor.hpp"

namespace fleetcast::chip {

/// Where an SM's time goes. All together are the kernel's time.
enum class Cause : std::uint8_t {
  kTensor,    ///< products that were asked for, at the datasheet's peak
  kPadding,   ///< products with what fills up tiles
  kIssue,     ///< cycles without an instruction for the tensor pipes
  kPower,     ///< a clock below boost
  kVector,    ///< softmax beside the tensor pipes
  kOperands,  ///< operands through the port of an SM, or within the latency of L2
  kL2,        ///< bandwidth of L2
  kHbm,       ///< bandwidth of HBM
  kLink,      ///< pace of a link outside the chip
  kFill,      ///< of the first buffers of a tile
  kEpilogue,  ///< storing a tile, adding up shares of it
  kTail,      ///< no tile left
  kLaunch,
};
inline constexpr int kCauseCount = 13;
std::string_view key_of(Cause cause);
std::string_view meaning_of(Cause cause);

struct Outcome {
  Seconds time{};                            ///< with its launch
  std::array<Seconds, kCauseCount> cause{};  ///< mean of the SMs; adds up to `time`
  double tiles = 0.0;
  Bytes l2{}, hbm{};       ///< moved
  Seconds busy{};          ///< without the launch
  double clock = 1.0;      ///< at its end, of boost
  double sustained = 1.0;  ///< clock of the same without end
  Joules energy{};
  std::uint64_t events = 0;

  Seconds& operator[](Cause c) { return cause[static_cast<std::size_t>(c)]; }
  Seconds operator[](Cause c) const { return cause[static_cast<std::size_t>(c)]; }
  /// One kernel behind another; the clocks are those of the longer.
  Outcome& operator+=(const Outcome& next);
  /// What costs most beside the products that were asked for; those where nothing costs as much as
  /// a tenth of the time.
  [[nodiscard]] Cause bound() const;
};

}  // namespace fleetcast::chip
