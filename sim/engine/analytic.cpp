#include "sim/engine/analytic.hpp"

#include <algorithm>

#include "sim/engine/pipeline_floor.hpp"

namespace fleetcast {
namespace {

PipelineShape shape_of(const Plan& p) { return {p.pp, p.vp, p.micro_batches, 0}; }

/// Visits (count, times, kind index) of some layers.
template <class Visit>
void for_layers(const Step& step, const EngineWorkspace& w, const ChunkLayers& layers,
                Visit&& visit) {
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (layers.count[k] > 0)
      visit(layers.count[k], w.layers[static_cast<std::size_t>(step.programs[k]->id)], k);
}

/// Weight gradients of the logits that one stage has put off to its end (Megatron-Core,
/// defer_embedding_wgrad_compute).
Seconds deferred_on(const Step& step, const EngineWorkspace& w, int stage) {
  constexpr auto kLogits = static_cast<std::size_t>(LayerKind::kLogits);
  const int count = step.layout->stage[static_cast<std::size_t>(stage)].count[kLogits];
  if (step.deferred == 0.0 || count == 0) return {};
  const LayerTimes& logits = w.layers[static_cast<std::size_t>(step.programs[kLogits]->id)];
  return logits.weight_gradients * (count * step.deferred * step.plan.micro_batches);
}

ChunkTimes times_of(const Step& step, const EngineWorkspace& w, const ChunkLayers& layers) {
  ChunkTimes out;
  for_layers(step, w, layers, [&](int n, const LayerTimes& layer, std::size_t k) {
    const bool logits = k == static_cast<std::size_t>(LayerKind::kLogits);
    const double prompt = logits ? 1.0 - step.deferred : 1.0;
    out.forward += layer.forward * n;
    out.backward_input += (layer.backward - layer.weight_gradients) * n;
    out.backward_weight += layer.weight_gradients * (n * prompt);
  });
  return out;
}

ChunkStates states_of(const Step& step, const ChunkLayers& layers, const ChunkTimes& times) {
  ChunkStates out;
  int buckets = 0;
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    out.reduce += step.states[k].reduce * layers.count[k];
    out.gather += step.states[k].gather * layers.count[k];
    buckets += layers.count[k];
  }
  if (buckets == 0) return out;
  const double share = 1.0 / buckets;
  out.last_reduce = out.reduce * share;
  out.first_gather = out.gather * share;
  out.share = share;
  out.after_first = times.forward * (1.0 - share);
  out.present = true;
  return out;
}

void fill_chunks(const Step& step, EngineWorkspace& w) {
  w.times.clear();
  for (const ChunkLayers& layers : step.layout->distinct)
    w.times.push_back(times_of(step, w, layers));
  w.chunk.resize(step.layout->place.size());
  for (std::size_t i = 0; i < w.chunk.size(); ++i) w.chunk[i] = w.times[step.layout->place[i]];
  w.hop.assign(w.chunk.size() - 1, step.hop);
}

Seconds busy_of(const Step& step, const EngineWorkspace& w, int stage) {
  Seconds sum{};
  for (int c = 0; c < step.plan.vp; ++c) {
    const ChunkTimes& t = w.chunk[static_cast<std::size_t>(stage * step.plan.vp + c)];
    sum += t.forward + t.backward_input + t.backward_weight;
  }
  return sum * step.plan.micro_batches;
}

/// When the gradients of a stage have all been exchanged. Chunks finish their last backward one by
/// one; within the slot that completes them, layers hand over their gradients evenly.
Seconds reduce_end(const Step& step, const EngineWorkspace& w, const PipelineTimes& times,
                   std::size_t first_chunk, Seconds finish) {
  Seconds link_free = step.overlap_reduce ? Seconds{} : finish;
  for (std::size_t i = first_chunk + step.plan.vp; i-- > first_chunk;) {
    const ChunkStates& states = w.states[step.layout->place[i]];
    if (!states.present) continue;
    const Seconds last = times.gradients_ready[i];
    const Seconds first = last - times.last_gradients[i] * (1.0 - states.share);
    link_free = std::max(std::max(link_free, first) + states.reduce,
                         std::max(link_free, last) + states.last_reduce);
  }
  return std::max(finish, link_free);
}

/// How late the first micro-batch runs because its weights are still on their way.
Seconds gather_delay(const Step& step, const EngineWorkspace& w, const PipelineTimes& times,
                     std::size_t first_chunk) {
  Seconds arrived{}, late{};
  for (std::size_t i = first_chunk; i < first_chunk + step.plan.vp; ++i) {
    const ChunkStates& states = w.states[step.layout->place[i]];
    if (!states.present) continue;
    const Seconds first = arrived + states.first_gather, start = times.first_forward[i];
    arrived += states.gather;
    late = std::max(late, std::max(first - start, arrived - (start + states.after_first)));
  }
  return step.overlap_gather ? late : arrived;
}

/// When states have been exchanged, and what that took from the compute it ran beside.
struct Ends {
  Seconds reduce{}, gather{}, interference{};
  Seconds deferred{};  ///< of reduce: put-off gradients that outlast the pipeline
};

Ends state_exchange(const Step& step, EngineWorkspace& w, const PipelineTimes& times) {
  w.states.clear();
  for (std::size_t i = 0; i < w.times.size(); ++i)
    w.states.push_back(states_of(step, step.layout->distinct[i], w.times[i]));
  Ends out{times.total, {}, {}, {}};
  Seconds most{};
  for (int s = 0; s < step.plan.pp; ++s) {
    const StageTimes& stage = times.stage[static_cast<std::size_t>(s)];
    const auto chunk = static_cast<std::size_t>(s * step.plan.vp);
    const Seconds finish = stage.last_finish + deferred_on(step, w, s);
    out.deferred = std::max(out.deferred, finish - times.total);
    out.reduce = std::max(out.reduce, reduce_end(step, w, times, chunk, finish));
    out.gather = std::max(out.gather, gather_delay(step, w, times, chunk));
    const ChunkStates states =
        states_of(step, step.layout->stage[static_cast<std::size_t>(s)], ChunkTimes{});
    most = std::max(most, states.reduce + states.gather);
  }
  const Seconds exposed = out.reduce - times.total + out.gather;
  out.interference = std::max(most - exposed, Seconds{}) * step.interference;
  return out;
}

Seconds assemble(const Step& step, const Ends& ends) {
  return (ends.reduce + ends.gather + ends.interference + step.optimizer) * step.straggler +
         step.overhead;
}

PipelineTimes play_pipeline(const Step& step, EngineWorkspace& w) {
  know_layers(step, w);
  fill_chunks(step, w);
  return play_periodic(*step.plan.schedule, shape_of(step.plan), {w.chunk, w.hop}, w.pipeline);
}

int busiest(const Step& step, const EngineWorkspace& w) {
  int out = 0;
  for (int s = 1; s < step.plan.pp; ++s)
    if (busy_of(step, w, s) > busy_of(step, w, out)) out = s;
  return out;
}

/// A stage starts when the first micro-batch has come through the stages before it, works through
/// all its micro-batches, and the last gradient has to travel back the same way. For even stages
/// this is the closed formula (m + (p - 1) / v) t of 1F1B and interleaved schedules.
Seconds least_pipeline(const Step& step, const EngineWorkspace& w) {
  const bool splits = step.plan.schedule->splits_backward;
  const auto there_and_back = [&](const ChunkTimes& t) {
    return t.forward + t.backward_input + (splits ? Seconds{} : t.backward_weight);
  };
  const Seconds hops = 2.0 * step.hop;
  Seconds chain = hops * static_cast<double>(w.hop.size()), before{}, most{};
  for (const ChunkTimes& t : w.chunk) chain += there_and_back(t);
  for (int s = 0; s < step.plan.pp; ++s) {
    most = std::max(most, before + busy_of(step, w, s));
    if (!leads(step.plan, s)) continue;
    before += hops + there_and_back(w.chunk[static_cast<std::size_t>(s * step.plan.vp)]);
  }
  return std::max(chain, most);
}

/// What the exchange of states adds to it: the first weights and the last gradients of the first
/// chunk, and what the rest takes from the compute it runs beside.
Seconds least_exchange(const Step& step) {
  Seconds most{}, ends{};
  for (const ChunkLayers& stage : step.layout->stage) {
    const ChunkStates states = states_of(step, stage, ChunkTimes{});
    most = std::max(most, states.reduce + states.gather);
  }
  if (leads(step.plan, 0)) {
    const ChunkStates first =
        states_of(step, step.layout->distinct[step.layout->place.front()], ChunkTimes{});
    ends = first.last_reduce + first.first_gather;
  }
  return ends + std::max(most - ends, Seconds{}) * step.interference;
}

Breakdown work_of(const Step& step, const EngineWorkspace& w, int stage) {
  Breakdown sum;
  const ChunkLayers& layers = step.layout->stage[static_cast<std::size_t>(stage)];
  for_layers(step, w, layers, [&](int n, const LayerTimes& t, auto) {
    sum.add(t.forward_parts, double(n) * step.plan.micro_batches);
    sum.add(t.backward_parts, double(n) * step.plan.micro_batches);
  });
  return sum;
}

}  // namespace

void know_layers(const Step& step, EngineWorkspace& w) {
  for (const LayerProgram* program : step.programs) {
    if (program == nullptr) continue;
    const auto id = static_cast<std::size_t>(program->id);
    if (id >= w.known.size()) {
      w.known.resize(id + 1, 0);
      w.layers.resize(id + 1);
    }
    if (w.known[id] != 0) continue;
    w.layers[id] = play_layer(*program);
    w.known[id] = 1;
  }
}

Seconds step_time(const Step& step, EngineWorkspace& w) {
  const PipelineTimes times = play_pipeline(step, w);
  return assemble(step, state_exchange(step, w, times));
}

Seconds step_time_bound(const Step& step, EngineWorkspace& w) {
  know_layers(step, w);
  fill_chunks(step, w);
  return (least_pipeline(step, w) + least_exchange(step) + step.optimizer) * step.straggler +
         step.overhead;
}

Seconds micro_batch_work(const Step& step, EngineWorkspace& w) {
  know_layers(step, w);
  Seconds sum{};
  for (const ChunkLayers& stage : step.layout->stage)
    for_layers(step, w, stage,
               [&](int n, const LayerTimes& t, auto) { sum += (t.forward + t.backward) * n; });
  return sum;
}

Seconds micro_batch_compute(const Step& step, EngineWorkspace& w) {
  know_layers(step, w);
  Seconds sum{};
  for (const ChunkLayers& stage : step.layout->stage)
    for_layers(step, w, stage, [&](int n, const LayerTimes& t, auto) { sum += t.compute * n; });
  return sum;
}

Seconds compute_busy(const Step& step, EngineWorkspace& w) {
  return micro_batch_compute(step, w) * (double(step.plan.micro_batches) / step.plan.pp);
}

Seconds late_weights(const Step& step, EngineWorkspace& w) {
  const PipelineTimes times = play_pipeline(step, w);
  return state_exchange(step, w, times).gather;
}

std::vector<PlayedSlot> pipeline_slots(const Step& step, EngineWorkspace& w) {
  know_layers(step, w);
  fill_chunks(step, w);
  return played_slots(*step.plan.schedule, shape_of(step.plan), {w.chunk, w.hop}, w.pipeline);
}

Timeline play(const Step& step, EngineWorkspace& w) {
  Timeline out;
  PipelineTimes times = play_pipeline(step, w);
  const Ends ends = state_exchange(step, w, times);
  out.pipeline = times.total;
  out.step_time = assemble(step, ends);
  out.busiest_stage = busiest(step, w);
  out.breakdown = work_of(step, w, out.busiest_stage);
  out.compute_busy = compute_busy(step, w);
  const Seconds idle = out.pipeline - busy_of(step, w, out.busiest_stage);
  out.bubble_share = idle / out.pipeline;
  // Without transfer times the pipeline is shorter by what transfers cost it.
  std::fill(w.hop.begin(), w.hop.end(), Seconds{});
  const Seconds instant =
      play_periodic(*step.plan.schedule, shape_of(step.plan), {w.chunk, w.hop}, w.pipeline).total;
  out.breakdown[Cost::kPipelineComm] += out.pipeline - instant;
  out.breakdown[Cost::kBubble] += idle - (out.pipeline - instant);
  out.breakdown[Cost::kGemm] += ends.deferred - deferred_on(step, w, out.busiest_stage);
  out.breakdown[Cost::kDataComm] += ends.reduce - out.pipeline - ends.deferred + ends.gather;
  out.breakdown[Cost::kInterference] += ends.interference;
  out.breakdown[Cost::kOptimizer] += step.optimizer;
  out.breakdown[Cost::kStraggler] +=
      (ends.reduce + ends.gather + ends.interference + step.optimizer) * (step.straggler - 1.0);
  out.breakdown[Cost::kOverhead] += step.overhead;
  return out;
}

}  // namespace fleetcast
