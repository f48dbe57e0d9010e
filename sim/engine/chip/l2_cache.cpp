#include "sim/engine/chip/l2_cache.hpp"

#include <algorithm>

namespace fleetcast::chip {

std::uint32_t L2Cache::admit(std::uint32_t panels) {
  const auto first = static_cast<std::uint32_t>(entries_.size());
  entries_.resize(first + panels);
  return first;
}

void L2Cache::unlink(std::uint32_t slot) {
  const Entry& entry = entries_[slot];
  entries_[entry.older].newer = entry.newer;
  entries_[entry.newer].older = entry.older;
}

void L2Cache::push_newest(std::uint32_t slot) {
  const std::uint32_t last = entries_[0].older;
  entries_[slot].older = last;
  entries_[slot].newer = 0;
  entries_[last].newer = slot;
  entries_[0].older = slot;
}

Bytes L2Cache::use(Panel panel) {
  Entry& entry = entries_[panel.id];
  if (panel.bytes > capacity_) return panel.bytes;
  const Bytes missing = std::max(Bytes{}, panel.bytes - entry.bytes);
  if (entry.bytes > Bytes{}) unlink(panel.id);
  entry.bytes += missing;
  held_ += missing;
  while (held_ > capacity_ && entries_[0].newer != 0) {  // rounding may leave a trace of nothing
    const std::uint32_t oldest = entries_[0].newer;
    held_ -= entries_[oldest].bytes;
    entries_[oldest].bytes = Bytes{};
    unlink(oldest);
  }
  push_newest(panel.id);
  return missing;
}

}  // namespace fleetcast::chip
