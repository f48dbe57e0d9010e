#include "sim/engine/step/simulate.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "sim/engine/event/agenda_module.hpp"
#include "sim/engine/step/outages.hpp"
#include "sim/engine/step/ranks.hpp"

namespace fleetcast::step {
namespace {

constinit const MisfitReason kTooManySlots{
    "micro_batches", "events number {0:.0f} micro-batches times chunks of a stage, not {1:.0f}"};

/// What ranks see of a network, as a SystemC port sees it.
class CarrierIf : public virtual sc_core::sc_interface {
 public:
  virtual Carrier& carrier() = 0;
};

/// Links of our own; another model of a network takes this module's place at the ranks' port.
class LinksModule : public sc_core::sc_module, public CarrierIf {
 public:
  LinksModule(const sc_core::sc_module_name& name, event::Agenda& agenda, Links& links,
              const StepTraffic& traffic, const Grid& grid)
      : sc_module(name), flows(agenda, links, traffic, grid), settling(flows) {
    agenda.add(kFlows, flows);
    agenda.add(kSettling, settling);
    network.bind(*this);
  }
  Carrier& carrier() override { return flows; }

  sc_core::sc_export<CarrierIf> network{"network"};
  Flows flows;
  Settling settling;
};

class RanksModule : public sc_core::sc_module {
 public:
  RanksModule(const sc_core::sc_module_name& name, event::Agenda& agenda, const Play& play)
      : sc_module(name), ranks(agenda, play) {
    agenda.add(kRanks, ranks);
  }
  void end_of_elaboration() override { ranks.connect(network->carrier()); }
  void start_of_simulation() override { ranks.start(); }

  sc_core::sc_port<CarrierIf> network{"network"};
  Ranks ranks;
};

Grid grid_of(const Step& step, const StepTraffic& traffic, bool folded) {
  return {.stages = step.plan.pp,
          .columns = folded ? 1 : traffic.columns,
          .block_ranks = traffic.block_ranks,
          .folded_columns = folded ? traffic.columns : 1};
}

SharedTiers shared_tiers(const Fabrics& fabrics) {
  SharedTiers out{};
  for (std::size_t t = 1; t < kMaxTiers; ++t) out[t] = fabrics.oversubscription[t] > 1.0;
  return out;
}

/// When the last slot, and the last gradients, were done; counted from the first forward.
struct Finish {
  Seconds pipeline{};
  Seconds put_off{};  ///< put-off weight gradients that outlast it
  Seconds reduce{};
  Seconds most_states{};  ///< of any stage, alone
};

Finish finish_of(const Ranks& ranks, Seconds late) {
  Finish out;
  for (const Block& b : ranks.blocks()) out.pipeline = std::max(out.pipeline, b.free_at - late);
  out.reduce = out.pipeline;
  for (const StageStates& s : ranks.states()) {
    out.put_off = std::max(out.put_off, s.finish - late - out.pipeline);
    out.reduce = std::max(out.reduce, std::max(s.finish, s.link_free) - late);
    Seconds states{};
    for (const auto* buckets : {&s.reduce, &s.gather})
      for (const StageStates::Bucket& bucket : *buckets) states += bucket.duration;
    out.most_states = std::max(out.most_states, states);
  }
  return out;
}

int busiest_block(const Ranks& ranks) {
  const std::vector<Block>& blocks = ranks.blocks();
  return static_cast<int>(
      std::max_element(blocks.begin(), blocks.end(),
                       [](const Block& a, const Block& b) { return a.worked < b.worked; }) -
      blocks.begin());
}

/// A stage's idle time: what the schedule leaves idle anyway, what transfers cost as in formulas,
/// and what unequal ranks make others wait.
void divide_idle(const Timeline& formulas, Seconds idle, Seconds in_transit, bool unequal,
                 Breakdown& out) {
  const Seconds bubble = std::min(idle, formulas.breakdown[Cost::kBubble]);
  const Seconds rest = idle - bubble;
  const Seconds transfers =
      unequal ? std::min(rest, std::max(in_transit, formulas.breakdown[Cost::kPipelineComm]))
              : rest;
  out[Cost::kBubble] += bubble;
  out[Cost::kPipelineComm] += transfers;
  out[Cost::kStraggler] += rest - transfers;
}

// As play() of the analytic engine adds it up.
Timeline timeline_of(const Step& step, const Ranks& ranks, Seconds late, const Noise& noise,
                     const Timeline& formulas) {
  Timeline out;
  const Finish finish = finish_of(ranks, late);
  const Block& busiest = ranks.blocks()[static_cast<std::size_t>(busiest_block(ranks))];
  const Seconds exposed = finish.reduce - finish.pipeline + late;
  const Seconds interference =
      std::max(finish.most_states - exposed, Seconds{}) * step.interference;
  const Seconds all = finish.reduce + late + interference + step.optimizer;
  const double straggler = noise.speed_spread > 0.0 ? 1.0 : step.straggler;
  out.step_time = all * straggler + step.overhead;
  out.pipeline = finish.pipeline;
  out.busiest_stage = busiest.stage;
  const Seconds idle = out.pipeline - busiest.worked;
  out.bubble_share = idle / out.pipeline;
  out.breakdown = ranks.parts_of(busiest);
  divide_idle(formulas, idle, busiest.in_transit, noise.unequal(), out.breakdown);
  out.breakdown[Cost::kGemm] += finish.put_off;
  out.breakdown[Cost::kDataComm] += finish.reduce - finish.pipeline - finish.put_off + late;
  out.breakdown[Cost::kInterference] += interference;
  out.breakdown[Cost::kOptimizer] += step.optimizer;
  out.breakdown[Cost::kStraggler] += all * (straggler - 1.0);
  out.breakdown[Cost::kOverhead] += step.overhead;
  return out;
}

std::vector<StageUse> stages_of(const Ranks& ranks, const Grid& grid, Seconds pipeline) {
  std::vector<StageUse> out(static_cast<std::size_t>(grid.stages));
  const double share = 1.0 / grid.columns;
  for (const Block& b : ranks.blocks()) {
    StageUse& stage = out[static_cast<std::size_t>(b.stage)];
    stage.worked += b.worked * share;
    stage.in_transit += b.in_transit * share;
    stage.waited += (pipeline - b.worked - b.in_transit) * share;
  }
  return out;
}

}  // namespace

Fabrics fabrics_of(const System& system) {
  Fabrics out{.network = &system.network};
  for (std::size_t t = 0; t < system.cluster.tiers.size(); ++t)
    out.oversubscription[t] = system.cluster.tiers[t].oversubscription;
  return out;
}

Misfit admits(const Plan& plan) {
  const double slots = 1.0 * plan.micro_batches * plan.vp;
  return slots <= Ranks::kMostSlots ? kFits
                                    : Misfit{&kTooManySlots, 1.0 * Ranks::kMostSlots, slots};
}

Simulated simulate(const Step& step, const StepTraffic& traffic, const Fabrics& fabrics,
                   const Options& options, const event::RunOptions& run, Observer* observer) {
  assert(!options.folded || !options.noise.unequal());
  const Scripts scripts = scripts_of(step, traffic, shared_tiers(fabrics));
  EngineWorkspace workspace;
  const Grid grid = grid_of(step, traffic, options.folded);
  std::optional<Tracer> tracer;
  if (observer != nullptr) tracer.emplace(*observer, step, grid);
  const Play play{.step = &step,
                  .traffic = &traffic,
                  .scripts = &scripts,
                  .grid = grid,
                  .noise = options.noise,
                  .tracer = tracer ? &*tracer : nullptr,
                  .contention = options.contention,
                  .late = late_weights(step, workspace)};
  Links links(play.grid, *fabrics.network, fabrics.oversubscription, options.tenants);
  event::Kernel kernel;
  LinksModule fabric("fabric", kernel.agenda(), links, traffic, play.grid);
  RanksModule module("ranks", kernel.agenda(), play);
  module.network.bind(fabric.network);
  fabric.flows.deliver_to(module.ranks);
  std::optional<Outages> outages;
  if (options.noise.link_flaps > PerSecond{} && options.contention) {
    outages.emplace(kernel.agenda(), fabric.flows, links, play.grid, fabrics.network->tiers,
                    options.noise);
    kernel.agenda().add(kOutages, *outages);
    module.ranks.when_done([&outages] { outages->end(); });
    outages->start();
  }
  Simulated out;
  out.finished = kernel.run(run);
  assert(!out.finished || module.ranks.is_done());
  out.timeline =
      timeline_of(step, module.ranks, play.late, options.noise, fleetcast::play(step, workspace));
  out.timeline.compute_busy = compute_busy(step, workspace);
  out.bounds = bounds_of(step, traffic, scripts, fabrics.oversubscription);
  out.delay = fabric.flows.delay();
  out.stages = stages_of(module.ranks, play.grid, out.timeline.pipeline);
  out.blocks = play.grid.blocks();
  out.ranks = out.blocks * play.grid.block_ranks;
  out.outages = outages ? outages->count() : 0;
  out.events = kernel.agenda().handled();
  return out;
}

}  // namespace fleetcast::step
