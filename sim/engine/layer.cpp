#include <algorithm>

#include "sim/engine/analytic.hpp"

namespace fleetcast {
namespace {

struct Played {
  Seconds length{};
  Breakdown parts;
};

Seconds compute_in(const Breakdown& b) {
  return b[Cost::kGemm] + b[Cost::kAttention] + b[Cost::kMemoryBound] + b[Cost::kQuantize] +
         b[Cost::kRecompute];
}

/// Longest path through one list, as one of many that follow each other. A gap on the compute
/// stream belongs to what it waited for. The CPU launches ahead of the GPU until it has to wait for
/// it, so a list in which it does is played from there, around its end.
Played play_list(const TaskList& list, double interference) {
  std::array<Seconds, kStreamCount> free{};
  std::array<Seconds, TaskList::kCapacity> end{};
  Played out;
  Seconds hidden{};  // communication beside compute
  Seconds launched{};
  const int first = first_after_sync(list);
  const double launch = first > 0 ? 1.0 : 0.0;
  for (int n = 0; n < list.count; ++n) {
    const int i = n + first < list.count ? n + first : n + first - list.count;
    const Task& task = list.tasks[static_cast<std::size_t>(i)];
    Seconds& stream = free[static_cast<std::size_t>(task.stream)];
    Seconds start = stream;
    if (task.after >= 0) start = std::max(start, end[static_cast<std::size_t>(task.after)]);
    launched += task.host * launch;
    const Seconds ready = start;
    start = std::max(start, launched);
    if (task.stream != Stream::kCompute) hidden += task.duration;
    if (task.stream == Stream::kCompute) {
      out.parts[Cost::kHost] += start - ready;
      if (ready > stream) {
        const Task& awaited = list.tasks[static_cast<std::size_t>(task.after)];
        out.parts[awaited.cost] += ready - stream;
        hidden -= ready - stream;
      }
      out.parts[task.cost] += task.duration;
    }
    stream = end[static_cast<std::size_t>(i)] = start + task.duration;
  }
  const Seconds slowed = std::max(hidden, Seconds{}) * interference;
  out.parts[Cost::kInterference] += slowed;
  out.length = free[static_cast<std::size_t>(Stream::kCompute)] + slowed;
  return out;
}

/// However far the CPU launches ahead, in the long run the GPU is not faster.
void wait_for_host(Seconds& length, Breakdown& parts, Seconds host) {
  if (host <= length) return;
  parts[Cost::kHost] += host - length;
  length = host;
}

/// All-to-all of one micro-batch runs under the compute of another's opposite pass: what exceeds
/// the compute stays visible, and the stack's share of the rest.
void overlap_experts(LayerTimes& t, double exposed_share, double interference) {
  const Seconds exchange = t.forward_parts[Cost::kExpertComm] + t.backward_parts[Cost::kExpertComm];
  if (exposed_share >= 1.0 || exchange <= Seconds{}) return;
  const Seconds compute = t.forward + t.backward - exchange;
  const Seconds visible = exchange - std::min(exchange, compute) * (1.0 - exposed_share);
  const double kept = visible / exchange;
  for (auto [length, parts] :
       {std::pair{&t.forward, &t.forward_parts}, std::pair{&t.backward, &t.backward_parts}}) {
    const Seconds hidden = (*parts)[Cost::kExpertComm] * (1.0 - kept);
    *length -= hidden * (1.0 - interference);
    (*parts)[Cost::kExpertComm] *= kept;
    (*parts)[Cost::kInterference] += hidden * interference;
  }
}

}  // namespace

int first_after_sync(const TaskList& list) {
  for (int i = list.count - 1; i >= 0; --i)
    if (list.tasks[static_cast<std::size_t>(i)].sync) return i + 1;
  return 0;
}

LayerTimes play_layer(const LayerProgram& program) {
  const Played forward = play_list(program.forward, program.interference);
  const Played backward = play_list(program.backward, program.interference);
  LayerTimes out{forward.length,
                 backward.length,
                 program.weight_gradients,
                 compute_in(forward.parts) + compute_in(backward.parts),
                 forward.parts,
                 backward.parts};
  overlap_experts(out, program.ep_overlap_exposed, program.interference);
  wait_for_host(out.forward, out.forward_parts, program.forward_host);
  wait_for_host(out.backward, out.backward_parts, program.backward_host);
  return out;
}

}  // namespace fleetcast
