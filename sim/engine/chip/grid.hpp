#pragma once

// A kernel as the SMs see it: output tiles in the order in which they are handed out, each a chain
// of equal steps over k (keys, bytes) with the operands of the next steps on their way.

#include <cstdint>
#include <vector>

#include "models/base/dtype.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast::chip {

/// Part of an operand that L2 keeps or drops as a whole.
struct Panel {
  std::uint32_t id = 0;  ///< dense, from 0, of this kernel
  Bytes bytes{};
};

/// Tiles that as many SMs begin together and that cost the same: one SM stands for all.
struct Batch {
  int sms = 0;
  double tiles = 0.0;   ///< of all SMs, for the report
  double steps = 1.0;   ///< of each SM
  double groups = 8.0;  ///< in which operands are asked for, at most; the first step comes alone
  Dtype dtype = Dtype::kBf16;        ///< of the matrix products
  Flops useful{};                    ///< of one SM in one step
  Flops tensor{};                    ///< the same with what pads tiles
  double issue = 1.0;                ///< share of cycles in which tensor pipes get an instruction
  double exponentials = 0.0;         ///< of one SM in one step
  Flops vector{};                    ///< of one SM in one step
  double vector_overlap = 1.0;       ///< share of the shorter of the two pipes under the longer
  Bytes operands{};                  ///< from L2 into one SM in one step, multicast counted once
  double buffers = 2.0;              ///< steps whose operands are on their way or in use
  Bytes streamed{};                  ///< of one SM in one step, read or written past L2
  Seconds pace{};                    ///< of one step at least: what a link outside the chip allows
  Bytes stored{};                    ///< by one SM behind its last step
  Seconds meet{};                    ///< waiting for other SMs behind that
  std::vector<Panel> read, written;  ///< by all SMs, each once
};

class Grid {
 public:
  Grid() = default;
  Grid(const Grid&) = delete;
  Grid& operator=(const Grid&) = delete;
  virtual ~Grid() = default;
  /// The next tiles for at most `sms` SMs, or null when all are handed out. Valid until the next
  /// call. Requires: sms > 0.
  virtual const Batch* next(int sms) = 0;
  /// From its first tile again.
  virtual void rewind() = 0;
  [[nodiscard]] virtual std::uint32_t panels() const { return 0; }
};

}  // namespace fleetcast::chip
