#pragma once

// A layer's tasks as ranks run them, ready to be played: in the order of one layer of many, with
// what a schedule puts off left out, and each exchange with its route.

#include <array>
#include <vector>

#include "sim/engine/analytic.hpp"
#include "sim/step/traffic.hpp"

namespace fleetcast::step {

struct ScriptTask {
  Seconds duration{};  ///< alone; of an exchange without what other micro-batches hide
  Seconds hidden{};    ///< of an exchange: what runs under another micro-batch's compute
  double visible = 1;  ///< the rest, over the whole
  Seconds launched{};  ///< by the CPU, counted from the layer's begin; 0: it is ahead anyway
  Seconds put_off{};   ///< weight gradients left out of it
  Seconds credit{};  ///< of an exchange: what ran beside it and is left out; it takes less by that
  int after = -1;
  int route = StepTraffic::kNone;
  double scale = 1.0;  ///< of the route
  Stream stream = Stream::kCompute;
  Cost cost = Cost::kGemm;
  std::uint8_t traits = 0;
  std::int16_t exchange = kSendsNothing;  ///< as Task
  bool contends = false;                  ///< others may use its links at the same time
  bool contends_with_states = false;      ///< only gradients and weights may
};

/// One pass of one layer.
struct Script {
  std::vector<ScriptTask> tasks;
  Seconds host{};     ///< the pass takes no less
  Seconds put_off{};  ///< weight gradients left out
  double interference = 0.0;
  bool contends = false, contends_with_states = false;  ///< any of its tasks
};

/// Which part of a layer a slot runs: those of SlotPass.
inline constexpr int kPassCount = 4;

/// All scripts of a step.
struct Scripts {
  /// [layer kind][SlotPass]; weight gradients alone are one task.
  std::array<std::array<Script, kPassCount>, kLayerKindCount> of;
};

/// Tiers whose uplinks blocks share.
using SharedTiers = std::array<bool, kMaxTiers>;

/// Requires: traffic of this step.
Scripts scripts_of(const Step& step, const StepTraffic& traffic, const SharedTiers& shared);

}  // namespace fleetcast::step
