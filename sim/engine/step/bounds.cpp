#include "sim/engine/step/bounds.hpp"

#include <algorithm>

namespace fleetcast::step {
namespace {

using Busy = std::array<Seconds, kMaxTiers>;

void add_route(const StepTraffic& traffic, int route, double scale, Busy& out) {
  if (route == StepTraffic::kNone) return;
  const Route& r = traffic.routes[static_cast<std::size_t>(route)];
  for (int i = r.first; i < r.first + r.count; ++i)
    for (std::size_t t = 0; t < kMaxTiers; ++t)
      out[t] += traffic.stretches[static_cast<std::size_t>(i)].busy[t] * scale;
}

struct Work {
  Seconds compute{};
  Busy busy{};

  void add(const Work& other, double times) {
    compute += other.compute * times;
    for (std::size_t t = 0; t < kMaxTiers; ++t) busy[t] += other.busy[t] * times;
  }
};

Work work_of(const StepTraffic& traffic, const Script& script) {
  Work out;
  for (const ScriptTask& task : script.tasks) {
    if (task.stream == Stream::kCompute)
      out.compute += task.duration;
    else
      add_route(traffic, task.route, task.scale, out.busy);
  }
  return out;
}

/// Of one micro-batch through one layer, and back.
Work layer_work(const StepTraffic& traffic, const Scripts& scripts, std::size_t kind) {
  Work out;
  for (const SlotPass pass : {SlotPass::kForward, SlotPass::kBackward})
    out.add(work_of(traffic, scripts.of[kind][static_cast<std::size_t>(pass)]), 1.0);
  return out;
}

/// The same as far as the next stage waits for it.
Seconds path_of(const Scripts& scripts, std::size_t kind) {
  Seconds out{};
  for (const SlotPass pass : {SlotPass::kForward, SlotPass::kBackwardInput})
    for (const ScriptTask& task : scripts.of[kind][static_cast<std::size_t>(pass)].tasks)
      if (task.stream == Stream::kCompute) out += task.duration;
  return out;
}

}  // namespace

Seconds Bounds::longest() const {
  return std::max({compute, path, *std::max_element(links.begin(), links.end())});
}

Bounds bounds_of(const Step& step, const StepTraffic& traffic, const Scripts& scripts,
                 std::span<const double> line_rate) {
  Bounds out;
  std::array<Work, kLayerKindCount> layer;
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (step.programs[k] != nullptr) layer[k] = layer_work(traffic, scripts, k);
  for (const ChunkLayers& stage : step.layout->stage) {
    Work all;
    for (std::size_t k = 0; k < kLayerKindCount; ++k) {
      if (stage.count[k] == 0) continue;
      all.add(layer[k], double(stage.count[k]) * step.plan.micro_batches);
      out.path += path_of(scripts, k) * stage.count[k];
      add_route(traffic, traffic.reduce[k], stage.count[k], all.busy);
      add_route(traffic, traffic.gather[k], stage.count[k], all.busy);
    }
    out.compute = std::max(out.compute, all.compute);
    for (std::size_t t = 0; t < kMaxTiers; ++t) {
      out.links[t] = std::max(out.links[t], all.busy[t] / line_rate[t]);
      out.mean_links[t] += all.busy[t] / double(step.layout->stage.size());
    }
  }
  const double hops = double(step.layout->virtual_stage.size()) - 1.0;
  if (traffic.hop != StepTraffic::kNone) {
    Seconds latency{};
    const Route& hop = traffic.routes[static_cast<std::size_t>(traffic.hop)];
    for (int i = hop.first; i < hop.first + hop.count; ++i)
      latency += traffic.stretches[static_cast<std::size_t>(i)].latency;
    out.path += latency * (2.0 * hops);
    Busy sent{};
    add_route(traffic, traffic.hop, 2.0 * hops * step.plan.micro_batches / step.plan.pp, sent);
    for (std::size_t t = 0; t < kMaxTiers; ++t) out.mean_links[t] += sent[t];
  }
  return out;
}

}  // namespace fleetcast::step
