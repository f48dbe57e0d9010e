#pragma once

// Small results with values that are easy to read back.

#include "models/cost/schedule.hpp"
#include "models/workload/precision.hpp"
#include "sim/report/result.hpp"

namespace fleetcast::report {

inline Subject toy_subject() {
  return {.scenario = "toy",
          .question = "How long?",
          .model = "Toy 1B",
          .system = "toy-system",
          .system_name = "Toy 8 GB, in boxes",
          .stack = "toy 1",
          .seq_len = 1024,
          .tokens = 13e12};
}

/// 2 s a step, three quarters of it in GEMMs.
inline EstimateResult toy_estimate() {
  EstimateResult out{toy_subject(), {}, {}};
  Estimate& e = out.estimate;
  e.plan = {
      .tp = 2, .pp = 2, .dp = 1000, .micro_batch = 1, .micro_batches = 8, .schedule = &kOneFOneB};
  e.precision = &kBf16;
  e.fleet_gpus = 4000;
  e.memory = {.weights = kGiB * 3.0, .gradients = kGiB, .buffers = kGiB * 0.5};
  e.memory_usable = kGiB * 8.0;
  e.timeline.step_time = Seconds{2};
  e.timeline.breakdown[Cost::kBubble] = Seconds{0.5};
  e.timeline.breakdown[Cost::kGemm] = Seconds{1.5};
  e.tokens_per_s_per_gpu = 1024;
  e.model_flops_per_gpu = FlopsPerSecond{4e14};
  e.mfu = 0.412;
  e.mfu_bf16 = 0.412;
  e.run.steps = 1586914;
  e.run.days = 88.2;
  e.run.p10_step = Seconds{1.5};
  e.run.p90_step = Seconds{2.5};
  e.run.p10_days = 80;
  e.run.p90_days = 95;
  e.run.goodput = 0.97;
  e.run.interruptions = 12;
  e.run.interruption_mean = kHour * 3.0;
  e.run.checkpoint_interval = Seconds{600};
  e.run.gpu_hours = 8.4e6;
  e.run.power = Watts{15.2e6};
  e.run.energy = Joules{3.6e9 * 24600};
  e.run.cost = Dollars{2e7};
  e.run.cost_low = Dollars{1.5e7};
  e.run.cost_high = Dollars{2.5e7};
  e.run.capital = Dollars{4.12e8};
  e.run.owned_cost = Dollars{2.25e7};
  e.run.electricity = Dollars{2e6};
  e.run.carbon = Grams{9.84e9};
  return out;
}

inline constexpr MisfitReason kToyReason{"memory",
                                         "needs {0:.1f} GiB a GPU, {1:.1f} GiB are usable"};

inline EstimateResult toy_misfit() {
  EstimateResult out = toy_estimate();
  out.estimate.memory.weights = kGiB * 12.0;
  out.estimate.misfit = {&kToyReason, 13.5, 8.0};
  Plan wider = out.estimate.plan;
  wider.pp = 4, wider.dp = 500;
  out.remedies.push_back({"pp 4, dp 500", wider, kGiB * 6.75});
  return out;
}

inline Listing toy_listing() {
  return {"gpus",
          {"gpu", "memory_gb", "new"},
          {{std::string("a, \"b\""), 80.0, true}, {std::string("c"), 0.5, false}},
          {{"src", "a page"}}};
}

}  // namespace fleetcast::report
