#include "sim/plan/estimate.hpp"

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

constinit const MisfitReason kFormat{"format",
                                     "the GPU does not compute in this precision's format"};
constinit const MisfitReason kMemory{"memory", "needs {0:.1f} GiB a GPU, {1:.1f} GiB are usable"};

void fill_rates(const Pricing& pricing, Estimate& out) {
  const Plan& plan = out.plan;
  const Transformer& model = *pricing.job.model;
  const double seconds = out.timeline.step_time.base();
  out.tokens_per_step = double(plan.global_batch()) * pricing.job.seq_len;
  out.model_flops = training_flops_per_token(model, pricing.job.seq_len, {}) * out.tokens_per_step;
  out.tokens_per_s_per_gpu = out.tokens_per_step / seconds / plan.gpus();
  out.model_flops_per_gpu = out.model_flops / out.timeline.step_time / double(plan.gpus());
  const Peaks& peak = pricing.system->gpu.peak;
  out.mfu = out.model_flops_per_gpu / peak.of(pricing.precision->gemm);
  if (peak.bf16.base() > 0.0) out.mfu_bf16 = out.model_flops_per_gpu / peak.bf16;
}

}  // namespace

Misfit out_of_memory(Bytes needed, Bytes usable) {
  return {&kMemory, needed / kGiB, usable / kGiB};
}

Misfit check_plan(const Pricing& pricing, const Plan& plan, PlanWorkspace& w, MemoryUse& memory) {
  if (!runs(*pricing.system, *pricing.precision)) return {&kFormat, 0.0, 0.0};
  Misfit misfit = misfit_of(pricing.job, plan);
  if (!misfit.fits()) return misfit;
  misfit = plan.schedule->admits({plan.pp, plan.vp, plan.micro_batches});
  if (!misfit.fits()) return misfit;
  lower_layers(pricing, plan, w.programs, w.step);
  memory = memory_of(pricing, w.step);
  const Bytes usable = pricing.system->gpu.memory_usable;
  return memory.total() <= usable ? kFits : out_of_memory(memory.total(), usable);
}

Estimate estimate(const Pricing& pricing, const Plan& plan, const RunInput& run, PlanWorkspace& w) {
  Estimate out;
  out.plan = plan;
  out.precision = pricing.precision;
  out.fleet_gpus = run.fleet_gpus;
  out.memory_usable = pricing.system->gpu.memory_usable;
  out.misfit = check_plan(pricing, plan, w, out.memory);
  const bool priced = out.misfit.fits() || out.misfit.reason == &kMemory;
  if (!priced) return out;
  lower_exchange(pricing, w.step);
  out.timeline = play(w.step, w.engine);
  fill_rates(pricing, out);
  out.run = forecast(out.timeline, pricing.system->cluster, pricing.system->gpu, run);
  return out;
}

}  // namespace fleetcast
