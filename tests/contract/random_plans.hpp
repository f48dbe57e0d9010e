#pragma once

// Plans drawn at random over everything in configs/, for what must hold for all of them.

#include <map>
#include <random>
#include <string>
#include <vector>

#include "models/cost/schedule.hpp"
#include "sim/config/library.hpp"
#include "sim/step/lower.hpp"

namespace fleetcast::contract {

/// Owns what its pricings point to; files are read once.
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {
    for (const std::string& name : config::names_in("clusters"))
      systems_.push_back(config::load_system({name, {}}).system);
    for (const std::string& name : config::names_in("llms"))
      models_.push_back(config::load_model({name, {}}).value);
  }

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned long>(n)); }
  template <class List>
  const auto& one_of(const List& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(std::size(list))))];
  }

  /// Until a system, model, recipe, stack and plan admit each other. Memory is not asked.
  Pricing next(Plan& plan) {
    for (;;) {
      const Transformer& model = one_of(models_);
      Pricing pricing{.system = &one_of(systems_),
                      .job = {&model, 1024.0 * (1 << below(4)), 0},
                      .parameters = count_parameters(model),
                      .precision = one_of(precisions()),
                      .stack = &one_of(config::all_stacks())};
      plan = draw_plan(model);
      pricing.job.global_batch = plan.global_batch();
      if (runs(*pricing.system, *pricing.precision) && misfit_of(pricing.job, plan).fits() &&
          plan.schedule->admits({plan.pp, plan.vp, plan.micro_batches}).fits())
        return pricing;
    }
  }

  [[nodiscard]] std::string words(const Pricing& p, const Plan& plan) const {
    return p.system->cluster.name + ", " + p.job.model->name + ", " +
           std::string(p.precision->key) + ", " + p.stack->name + " " + p.stack->release + ": tp " +
           std::to_string(plan.tp) + " cp " + std::to_string(plan.cp) + " pp " +
           std::to_string(plan.pp) + " vp " + std::to_string(plan.vp) + " ep " +
           std::to_string(plan.ep) + " etp " + std::to_string(plan.etp) + " dp " +
           std::to_string(plan.dp) + " zero " + std::to_string(plan.zero) + " of " +
           std::to_string(plan.shard_group) + ", " + std::to_string(plan.micro_batches) + " x " +
           std::to_string(plan.micro_batch) + ", " + std::string(plan.schedule->key);
  }

 private:
  int power_below(int exponent) { return 1 << below(exponent); }

  Plan draw_plan(const Transformer& model) {
    Plan p;
    p.tp = power_below(4), p.cp = below(3) == 0 ? power_below(3) : 1;
    p.pp = 1 + below(12), p.dp = power_below(8);
    p.schedule = one_of(kSchedules);
    p.vp = p.schedule->chunked ? 1 + below(4) : p.schedule == &kDualPipeV ? 2 : 1;
    if (model.is_moe()) p.ep = power_below(7), p.etp = power_below(3);
    p.micro_batch = 1 + below(3), p.micro_batches = 1 + below(40);
    p.zero = below(4), p.shard_group = below(4) == 0 ? power_below(6) : 0;
    p.sequence_parallel = below(4) != 0, p.ep_overlap = below(2) == 0;
    p.recompute = one_of(recompute_names()).value;
    if (p.recompute.full && below(2) == 0) p.recompute.full_layers = 1 + below(3);
    return p;
  }

  std::mt19937_64 random_;
  std::vector<System> systems_;
  std::vector<Transformer> models_;
};

}  // namespace fleetcast::contract
