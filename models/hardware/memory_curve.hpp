#pragma once

// What one memory-bound kernel reaches when its rows are known: norms, softmaxes, casts of a
// matrix.

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

/// Streaming the bytes, doing the rows and walking along one row overlap; the slowest shows.
struct MemoryPass {
  Seconds launch{};
  double efficiency = 0.0;   ///< of HBM bandwidth
  double sharpness = 2.0;    ///< p of the p-norm that joins the three
  double cached = 0.0;       ///< share of the streaming time saved where L2 holds everything
  double cache_share = 0.0;  ///< of L2 that holds what the kernel moves
  Seconds row{};             ///< work of one SM on one row, whatever its length
  BytesPerSecond walk{};     ///< along one row, where no other SM helps; 0 = no limit
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<MemoryPass> {
  static constexpr auto value = std::tuple{
      required("launch", &MemoryPass::launch, "fixed cost of one kernel", kNonNegative),
      required("efficiency", &MemoryPass::efficiency, "of HBM bandwidth", between(0.01, 1.5)),
      optional("sharpness", &MemoryPass::sharpness,
               "p of the p-norm that joins streaming, rows and walking", between(1.0, 100.0)),
      optional("cached", &MemoryPass::cached,
               "share of the streaming time saved where L2 holds everything", kRatio),
      optional("cache_share", &MemoryPass::cache_share, "of L2 that holds what the kernel moves",
               kRatio),
      optional("row", &MemoryPass::row, "work of one SM on one row, whatever its length",
               kNonNegative),
      optional("walk", &MemoryPass::walk, "bandwidth along one row; 0 = no limit", kNonNegative),
  };
};
}  // namespace fleetcast::fields
