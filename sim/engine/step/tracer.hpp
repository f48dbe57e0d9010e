#pragma once

// What an observer is told of a step: one column of blocks, a process a stage, its slots, streams
// and activations.

#include "sim/engine/observer.hpp"
#include "sim/engine/step/links.hpp"
#include "sim/engine/step/script.hpp"

namespace fleetcast::step {

class Tracer {
 public:
  /// Requires: all outlive the tracer.
  Tracer(Observer& observer, const Step& step, const Grid& grid);

  /// The first column's blocks.
  [[nodiscard]] bool traces(int block) const { return block % grid_.columns == 0; }
  void slot(int block, const Slot& slot, Seconds begun, Seconds ended);
  void task(int block, const ScriptTask& task, Seconds begun, Seconds ended);
  /// A bucket of gradients or weights.
  void states(int stage, bool reduces, Seconds begun, Seconds ended);

 private:
  [[nodiscard]] Track track_of(int block, int thread) const;
  [[nodiscard]] Bytes activations_of(int stage, int chunk) const;
  void count_activations(int stage, const Slot& slot, Seconds at);

  Observer& observer_;
  const Step& step_;
  Grid grid_;
  std::vector<Bytes> held_;  ///< [stage]
};

}  // namespace fleetcast::step
