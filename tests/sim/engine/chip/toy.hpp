#pragma once

// A chip whose sums anyone can do: 1 FLOP, 1 exponential and 1 byte a second an SM, all else at no
// cost.

#include <utility>
#include <vector>

#include "sim/engine/chip/run.hpp"

namespace fleetcast::chip {

inline ChipSpec toy_spec(int sms) {
  ChipSpec spec;
  spec.sms = sms;
  spec.tensor.fill(FlopsPerSecond{1});
  spec.vector = FlopsPerSecond{1};
  spec.exponentials_per_second = 1;
  spec.port = spec.epilogue = BytesPerSecond{1};
  spec.l2 = spec.hbm = BytesPerSecond{1e12};
  spec.l2_capacity = Bytes{100};
  spec.limit = Watts{1e12};
  spec.made.power_window = Seconds{1e-6};
  return spec;
}

/// Batches as they are written down.
class ListGrid final : public Grid {
 public:
  explicit ListGrid(std::vector<Batch> batches, std::uint32_t panels = 0)
      : batches_(std::move(batches)), panels_(panels) {}
  const Batch* next(int /*sms*/) override {
    return next_ < batches_.size() ? &batches_[next_++] : nullptr;
  }
  void rewind() override { next_ = 0; }
  [[nodiscard]] std::uint32_t panels() const override { return panels_; }

 private:
  std::vector<Batch> batches_;
  std::uint32_t panels_;
  std::size_t next_ = 0;
};

inline Outcome run_list(const ChipSpec& spec, std::vector<Batch> batches,
                        std::uint32_t panels = 0) {
  ListGrid grid(std::move(batches), panels);
  return run(spec, grid);
}

}  // namespace fleetcast::chip
