#include "bench/events.hpp"

#include <queue>
#include <vector>

#include "sim/config/fixed_plan.hpp"
#include "sim/engine/event/kernel.hpp"
#include "sim/engine/step/messages.hpp"
#include "sim/engine/step/simulate.hpp"

namespace fleetcast::bench {
namespace {

/// Numerical Recipes' quick generator: the delays are no part of what is measured.
class Delays {
 public:
  Seconds next() {
    state_ = state_ * 1664525U + 1013904223U;
    return Seconds{1e-12 * (1 + (state_ >> 12))};
  }

 private:
  std::uint32_t state_ = 1;
};

class Actors : public event::Process {
 public:
  Actors(event::Agenda& agenda, std::uint64_t events) : agenda_(agenda), left_(events) {}
  void start(std::uint32_t actors) {
    agenda_.reserve(actors);
    for (std::uint32_t a = 0; a < actors; ++a) agenda_.post(delays_.next(), 0, a);
  }
  void handle(const event::Event& event) override {
    if (left_-- == 0) return agenda_.stop();
    agenda_.post(event.at + delays_.next(), 0, event.actor());
  }

 private:
  event::Agenda& agenda_;
  std::uint64_t left_;
  Delays delays_;
};

struct Later {
  bool operator()(const event::Event& a, const event::Event& b) const {
    return a.at > b.at || (a.at == b.at && a.key > b.key);
  }
};

struct PlainActor {
  virtual ~PlainActor() = default;
  virtual Seconds delay() { return delays.next(); }
  Delays delays;
};

}  // namespace

std::uint64_t run_agenda(std::uint32_t actors, std::uint64_t events) {
  event::Kernel kernel;
  Actors process(kernel.agenda(), events);
  kernel.agenda().add(0, process);
  process.start(actors);
  kernel.run();
  return kernel.agenda().handled();
}

std::uint64_t run_priority_queue(std::uint32_t actors, std::uint64_t events) {
  std::priority_queue<event::Event, std::vector<event::Event>, Later> queue;
  const std::unique_ptr<PlainActor> actor = std::make_unique<PlainActor>();
  for (std::uint32_t a = 0; a < actors; ++a) queue.push(event::make_event(actor->delay(), 0, a));
  std::uint64_t handled = 0;
  for (; handled < events; ++handled) {
    const event::Event next = queue.top();
    queue.pop();
    queue.push(event::make_event(next.at + actor->delay(), 0, next.actor()));
  }
  return handled;
}

std::uint64_t run_ring(int ranks) {
  const System system = config::load_system({"h100-80gb-sxm", {}}).system;
  const NetworkGroup group = strided_group(ranks, 1, system.network);
  const Rounds rounds = kRing.rounds(CollectiveOp::kAllReduce, Bytes{1e9}, group, system.network);
  return step::play_messages(rounds, system.network, ranks).messages;
}

SimulatedStep::SimulatedStep(int columns, int micro_batches)
    : scenario_(config::load_scenario(
          config::scenario_path("llama3.1-405b-16k-h100"),
          std::vector<std::string>{
              "gpus=" + std::to_string(128 * columns), "plan.dp=" + std::to_string(columns),
              "training.global_batch=" + std::to_string(micro_batches * columns)})) {
  const config::FixedPlan own = config::fixed_plan(scenario_);
  pricing_ = pricing_of(scenario_, scenario_.systems.front().system,
                        *scenario_.spec.precisions.front(), own.global_batch);
  lower(pricing_, own.plan, programs_, step_);
  traffic_ = traffic_of(pricing_, step_);
}

std::uint64_t SimulatedStep::run(bool folded) {
  const step::Fabrics fabrics = step::fabrics_of(scenario_.systems.front().system);
  return step::simulate(step_, traffic_, fabrics, {.folded = folded}).events;
}

}  // namespace fleetcast::bench
