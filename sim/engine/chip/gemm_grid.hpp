#pragma once

// Matrix products as GPU libraries cut them: output tiles in swizzled order, k shared by several
// SMs where there are too few tiles.

#include <vector>

#include "models/workload/op.hpp"
#include "sim/engine/chip/grid.hpp"
#include "sim/engine/chip/spec.hpp"

namespace fleetcast::chip {

struct GemmTile {
  int rows = 128, columns = 128;
  int split = 1;          ///< SMs that share the k of each tile
  bool stream_k = false;  ///< all SMs share the k of the last tiles, up to two waves, evenly
};

struct GemmProblem {
  GemmShape shape;  ///< groups: as many products in one launch, of m rows each
  Dtype in = Dtype::kBf16;
  Bytes out{2.0};  ///< of one element of C, read and written together
};

class GemmGrid final : public Grid {
 public:
  /// For `sms` SMs. Requires: spec.runs(problem.in); sizes >= 1; spec outlives it.
  GemmGrid(const GemmProblem& problem, const GemmTile& tile, const ChipSpec& spec, int sms);
  const Batch* next(int sms) override;
  void rewind() override { done_ = 0.0, batches_ = 0; }
  [[nodiscard]] std::uint32_t panels() const override;
  /// A closed estimate, by which libraries' heuristics rank tiles: nothing is shared or limited by
  /// power.
  [[nodiscard]] Seconds estimate() const;
  [[nodiscard]] double tiles() const { return tiles_; }

 private:
  [[nodiscard]] double shared_tiles() const;
  void fill_batch(int sms, double items, double steps, double tiles);
  void use_operands(double first, double last);

  const ChipSpec& spec_;
  GemmProblem problem_;
  GemmTile tile_;
  int sms_;
  double depth_;        ///< k of one step
  double high_, wide_;  ///< tiles along m and n, of one group
  double tiles_;        ///< of all groups
  double steps_;        ///< of a whole tile
  double band_;         ///< tiles along n whose rows go before the next ones along n
  double done_ = 0.0;   ///< items handed out: tiles, or shares of their k
  std::uint32_t batches_ = 0;
  Batch batch_;
};

}  // namespace fleetcast::chip
