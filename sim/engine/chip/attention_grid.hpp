#pragma once

// Flash attention as blocks on SMs (arXiv 2307.08691, 2407.08608): forward, an SM holds queries of
// one head and walks over keys; backward, it holds keys and walks over queries.

#include "models/workload/op.hpp"
#include "sim/engine/chip/grid.hpp"
#include "sim/engine/chip/spec.hpp"

namespace fleetcast::chip {

struct AttentionProblem {
  AttentionShape shape;
  Pass pass = Pass::kForward;
  Dtype in = Dtype::kBf16;
};

class AttentionGrid final : public Grid {
 public:
  /// Requires: spec.runs(problem.in); sizes >= 1; spec outlives it.
  AttentionGrid(const AttentionProblem& problem, const ChipSpec& spec);
  const Batch* next(int sms) override;
  void rewind() override;
  [[nodiscard]] std::uint32_t panels() const override;
  /// Blocks of all heads.
  [[nodiscard]] double tiles() const { return levels_ * heads_; }

 private:
  [[nodiscard]] double walked(double level) const;
  [[nodiscard]] double pairs(double level) const;
  void shape_step();
  const Batch* next_even(int sms);
  void fill_batch(double count, double level, double first, double last);

  const ChipSpec& spec_;
  AttentionProblem problem_;
  AttentionTiling tiling_;
  double heads_;        ///< of all sequences
  double held_, walk_;  ///< rows of the operand that SMs hold, and of the one they walk over
  double levels_;       ///< blocks of one head
  double section_;      ///< heads that go before the next ones: their walks share L2
  double from_ = 0.0;   ///< heads of earlier sections
  double level_ = 0.0;  ///< of each head of the section, the longest walk first
  double done_ = 0.0;   ///< heads of the section handed out at this level
  std::uint32_t batches_ = 0;
  Batch batch_;
};

}  // namespace fleetcast::chip
