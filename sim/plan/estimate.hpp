#pragma once

// One plan on one system, forecast to the end of the run.

#include "sim/engine/analytic.hpp"
#include "sim/run/forecast.hpp"
#include "sim/step/memory.hpp"

namespace fleetcast {

struct Estimate {
  Plan plan;
  const Precision* precision = nullptr;
  double fleet_gpus = 0;  ///< whole nodes or domains
  Misfit misfit;          ///< why it cannot run; what follows then means nothing but memory
  MemoryUse memory;
  Bytes memory_usable{};
  Timeline timeline;
  Flops model_flops{};  ///< one step, whole job
  double tokens_per_step = 0;
  double tokens_per_s_per_gpu = 0;
  FlopsPerSecond model_flops_per_gpu{};
  double mfu = 0;       ///< model FLOPs over the dense peak of the recipe's GEMM format
  double mfu_bf16 = 0;  ///< the same over the bf16 peak
  Forecast run;
};

/// A thread's memory between estimates with one Pricing.
struct PlanWorkspace {
  ProgramCache programs;
  EngineWorkspace engine;
  Step step;

  /// Forgets what was priced, for another Pricing.
  void clear() {
    programs.clear();
    engine.forget_layers();
  }
  /// The same, for another shape, or another Pricing of the same kernels.
  void clear_layers() {
    programs.clear_programs();
    engine.forget_layers();
  }
};

/// Of a plan that needs more memory than there is.
Misfit out_of_memory(Bytes needed, Bytes usable);

/// What a plan is checked against: the chip runs the format, the plan divides the model and the
/// batch, it fits in memory. Leaves the step in the workspace without its exchange
/// (lower_exchange).
Misfit check_plan(const Pricing& pricing, const Plan& plan, PlanWorkspace& workspace,
                  MemoryUse& memory);

/// Requires: nothing; a plan that cannot run says so in `misfit`.
Estimate estimate(const Pricing& pricing, const Plan& plan, const RunInput& run,
                  PlanWorkspace& workspace);

}  // namespace fleetcast
