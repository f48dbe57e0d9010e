#pragma once

// How long the pipeline of a step takes at least, as a line over its micro-batches, from counts of
// layers alone: what a planner asks of thousands of pipelines before it prices one.

#include <algorithm>
#include <array>
#include <vector>

#include "sim/engine/analytic.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast {

/// Least times of one layer of each kind, whatever is recomputed.
struct LayerFloors {
  std::array<Seconds, kLayerKindCount> through{};  ///< forward and the gradient of its input
  std::array<Seconds, kLayerKindCount> whole{};    ///< and that of its weights

  /// `layer`: summed or played; `may_wait`: its weight gradients, until nothing else is left to do.
  void set(LayerKind kind, const LayerSums& layer, bool may_wait) {
    const auto k = static_cast<std::size_t>(kind);
    through[k] = layer.forward + layer.backward - layer.weight_gradients;
    whole[k] = may_wait ? through[k] : layer.forward + layer.backward;
  }
};

/// No pipeline of m micro-batches takes less than start + m * each.
struct PipelineLine {
  Seconds start{};
  Seconds each{};
};

/// A stage starts when its first micro-batch has come through the stages before it, works through
/// all of them, and the last gradient has to travel back the same way. For even stages this is the
/// closed formula (m + (p - 1) / v) t of 1F1B and interleaved schedules (Narayanan et al. 2021).
class PipelineFloor {
 public:
  /// Requires: a layout of this plan's pp, vp and schedule.
  PipelineFloor(const Layout& layout, const Plan& plan);

  /// One line for each stage that no other stage is slower than in every way. All hold at once.
  template <class Visit>
  void for_each_line(const LayerFloors& floors, Visit&& visit) const {
    for (const Path& path : paths_) visit(line_of(path, floors));
  }
  /// Whether holds(line) is true of all of them; asks no further than it has to.
  template <class Holds>
  [[nodiscard]] bool all_lines(const LayerFloors& floors, Holds&& holds) const {
    return std::all_of(paths_.begin(), paths_.end(),
                       [&](const Path& path) { return holds(line_of(path, floors)); });
  }

 private:
  using Counts = std::array<double, kLayerKindCount>;  ///< layers, by LayerKind
  struct Path {
    Counts before{}, stage{};
  };
  static Seconds sum(const Counts& layers, const std::array<Seconds, kLayerKindCount>& each) {
    Seconds out{};
    for (std::size_t k = 0; k < kLayerKindCount; ++k) out += each[k] * layers[k];
    return out;
  }
  [[nodiscard]] PipelineLine line_of(const Path& path, const LayerFloors& floors) const {
    return {sum(path.before, splits_ ? floors.through : floors.whole),
            sum(path.stage, floors.whole)};
  }
  void add(const Path& path);

  bool splits_;  ///< weight gradients may run apart from the backward that travels on
  std::vector<Path> paths_;
};

/// Whether chunk 0 of every stage comes before the next stage's in model order: then a stage can
/// only start, and end, behind the stages before it. (Not so where chunks run both ways.)
bool leads(const Plan& plan, int stage);

}  // namespace fleetcast
