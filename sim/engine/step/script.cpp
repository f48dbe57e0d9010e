#include "sim/engine/step/script.hpp"

#include <algorithm>

namespace fleetcast::step {
namespace {

bool sends_beside(const ScriptTask& task) { return task.stream != Stream::kCompute; }

/// The exchanges that any layer may meet on its links although it does not wait for them.
struct Others {
  std::array<bool, kMaxTiers> hops{}, states{}, shards{};
};

void mark_tiers(const StepTraffic& traffic, int route, std::array<bool, kMaxTiers>& out) {
  if (route == StepTraffic::kNone) return;
  const Route& r = traffic.routes[static_cast<std::size_t>(route)];
  for (int i = r.first; i < r.first + r.count; ++i)
    for (std::size_t t = 0; t < kMaxTiers; ++t)
      out[t] = out[t] || traffic.stretches[static_cast<std::size_t>(i)].busy[t] > Seconds{};
}

Others others_of(const StepTraffic& traffic) {
  Others out;
  mark_tiers(traffic, traffic.hop, out.hops);
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    mark_tiers(traffic, traffic.reduce[k], out.states);
    mark_tiers(traffic, traffic.gather[k], out.states);
    for (int s = 0; s < kStateShardCount; ++s)
      mark_tiers(
          traffic,
          traffic.of_task[k][StepTraffic::place_of(static_cast<std::int16_t>(kShardExchange + s))],
          out.shards);
  }
  return out;
}

/// Share of a layer's expert exchange that stays visible where another micro-batch hides it
/// (sim/engine/layer.cpp). 1: all.
double visible_share(const LayerProgram& program) {
  if (program.ep_overlap_exposed >= 1.0) return 1.0;
  LayerProgram plain = program;
  plain.ep_overlap_exposed = 1.0;
  plain.forward_host = plain.backward_host = Seconds{};
  const LayerTimes t = play_layer(plain);
  const Seconds exchange = t.forward_parts[Cost::kExpertComm] + t.backward_parts[Cost::kExpertComm];
  if (exchange <= Seconds{}) return 1.0;
  const Seconds hidden = std::min(exchange, t.forward + t.backward - exchange);
  return 1.0 - hidden / exchange * (1.0 - program.ep_overlap_exposed);
}

class Writer {
 public:
  Writer(const Step& step, const StepTraffic& traffic, const SharedTiers& shared, std::size_t kind)
      : traffic_(traffic),
        shared_(shared),
        kind_(kind),
        program_(*step.programs[kind]),
        others_(others_of(traffic)),
        visible_(visible_share(program_)) {}

  /// `put_off`: share of the weight gradients that is left out.
  Script write(const TaskList& list, Seconds host, double put_off) {
    Script out;
    out.interference = program_.interference;
    out.host = host;
    const int first = first_after_sync(list);
    const std::vector<int> order = order_of(list, first);
    std::vector<int> place(order.size());
    for (std::size_t n = 0; n < order.size(); ++n)
      place[static_cast<std::size_t>(order[n])] = static_cast<int>(n);
    for (std::size_t n = 0; n < order.size(); ++n) {
      ScriptTask task = task_of(list.tasks[static_cast<std::size_t>(order[n])]);
      // What a list played around its end waits for may lie behind it: then it was there before.
      if (task.after >= 0) task.after = place[static_cast<std::size_t>(task.after)];
      if (task.after >= static_cast<int>(n)) task.after = -1;
      out.tasks.push_back(task);
    }
    Seconds launched{};
    for (int n = 0; n < list.count && first > 0; ++n) {
      const int i = (n + first) % list.count;
      launched += list.tasks[static_cast<std::size_t>(i)].host;
      out.tasks[static_cast<std::size_t>(place[static_cast<std::size_t>(i)])].launched = launched;
    }
    leave_out(put_off, out);
    for (std::size_t i = 0; i < out.tasks.size(); ++i)
      if (out.tasks[i].hidden > Seconds{}) give_credit(out, i, out.tasks[i].hidden);
    for (const ScriptTask& task : out.tasks) {
      out.contends = out.contends || task.contends;
      out.contends_with_states = out.contends_with_states || task.contends_with_states;
    }
    return out;
  }

 private:
  ScriptTask task_of(const Task& task) const {
    ScriptTask out{.duration = task.duration,
                   .after = task.after,
                   .route = traffic_.route_of(kind_, task),
                   .stream = task.stream,
                   .cost = task.cost,
                   .traits = task.traits,
                   .exchange = task.exchange};
    if (task.cost == Cost::kExpertComm && sends_beside(out)) {
      out.visible = visible_;
      out.hidden = task.duration * (1.0 - visible_);
      out.duration -= out.hidden;
    }
    if (out.route == StepTraffic::kNone || out.duration <= Seconds{}) {
      out.route = StepTraffic::kNone;
      return out;
    }
    const Route& route = traffic_.routes[static_cast<std::size_t>(out.route)];
    out.scale = out.duration / route.total;
    std::array<bool, kMaxTiers> own{};
    mark_tiers(traffic_, out.route, own);
    for (std::size_t t = 0; t < kMaxTiers; ++t) {
      if (!own[t]) continue;
      out.contends = out.contends || shared_[t] || others_.hops[t] || others_.shards[t];
      out.contends_with_states = out.contends_with_states || others_.states[t];
    }
    // It waits for other blocks, whatever they do.
    out.contends = out.contends || route.party == Party::kColumns;
    return out;
  }

  /// From where the CPU starts anew; exchanges that wait for nothing in the layer begin with it.
  static std::vector<int> order_of(const TaskList& list, int first) {
    std::vector<int> at_once, later;
    std::array<bool, kStreamCount> taken{};
    for (int n = 0; n < list.count; ++n) {
      const int i = (n + first) % list.count;
      const Task& task = list.tasks[static_cast<std::size_t>(i)];
      bool& stream = taken[static_cast<std::size_t>(task.stream)];
      const bool exchanges = task.stream != Stream::kCompute;
      if (exchanges && task.after < 0 && !stream) {
        at_once.push_back(i);
        continue;
      }
      stream = stream || exchanges;
      later.push_back(i);
    }
    at_once.insert(at_once.end(), later.begin(), later.end());
    return at_once;
  }

  /// What is put off runs elsewhere, but what ran beside it stays hidden beside it.
  void leave_out(double share, Script& out) const {
    if (share <= 0.0) return;
    // Gaps between kernels stay where they are.
    Seconds whole{};
    for (const ScriptTask& task : out.tasks)
      if ((task.traits & kWeightGradient) != 0) whole += task.duration;
    if (whole > Seconds{}) share *= program_.weight_gradients / whole;
    for (std::size_t i = 0; i < out.tasks.size(); ++i) {
      ScriptTask& task = out.tasks[i];
      if ((task.traits & kWeightGradient) == 0) continue;
      const Seconds less = task.duration * share;
      task.duration -= less;
      task.put_off = less;
      out.put_off += less;
      give_credit(out, i, less);
    }
  }

  /// To what was on its way when task `at` ran: on each stream one exchange after the other.
  static void give_credit(Script& script, std::size_t at, Seconds less) {
    std::array<Seconds, kStreamCount> left;
    left.fill(less);
    for (std::size_t sent = 0; sent < at; ++sent) {
      ScriptTask& task = script.tasks[sent];
      if (!sends_beside(task) || is_awaited(script, sent, at)) continue;
      Seconds& of_stream = left[static_cast<std::size_t>(task.stream)];
      const Seconds given = std::min(of_stream, task.duration - task.credit);
      task.credit += given;
      of_stream -= given;
    }
  }

  /// Whether compute has waited for an exchange before task `at` begins.
  static bool is_awaited(const Script& script, std::size_t sent, std::size_t at) {
    for (std::size_t i = sent + 1; i <= at; ++i)
      if (script.tasks[i].stream == Stream::kCompute &&
          script.tasks[i].after == static_cast<int>(sent))
        return true;
    return false;
  }

  const StepTraffic& traffic_;
  SharedTiers shared_;
  std::size_t kind_;
  const LayerProgram& program_;
  Others others_;
  double visible_;
};

Script weight_gradients(const LayerProgram& program, double prompt) {
  Script out;
  out.tasks.push_back({.duration = program.weight_gradients * prompt, .traits = kWeightGradient});
  return out;
}

}  // namespace

Scripts scripts_of(const Step& step, const StepTraffic& traffic, const SharedTiers& shared) {
  Scripts out;
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    if (step.programs[k] == nullptr) continue;
    const LayerProgram& program = *step.programs[k];
    const bool logits = k == static_cast<std::size_t>(LayerKind::kLogits);
    const double put_off = logits ? step.deferred : 0.0;
    Writer writer(step, traffic, shared, k);
    const auto at = [&](SlotPass pass) -> Script& {
      return out.of[k][static_cast<std::size_t>(pass)];
    };
    at(SlotPass::kForward) = writer.write(program.forward, program.forward_host, 0.0);
    at(SlotPass::kBackward) = writer.write(program.backward, program.backward_host, put_off);
    at(SlotPass::kBackwardInput) = writer.write(program.backward, program.backward_host, 1.0);
    at(SlotPass::kBackwardWeight) = weight_gradients(program, 1.0 - put_off);
  }
  return out;
}

}  // namespace fleetcast::step
