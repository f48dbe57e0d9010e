#include <algorithm>

#include "sim/engine/analytic.hpp"

namespace fleetcast {
namespace {

struct Played {
  Seconds length{};
  Breakdown parts;
};

/// Longest path through one list. A gap on the compute stream belongs to what it waited for.
Played play_list(const TaskList& list, Seconds host, double interference) {
  std::array<Seconds, kStreamCount> free{};
  std::array<Seconds, TaskList::kCapacity> end{};
  Played out;
  Seconds hidden{};  // communication beside compute
  for (int i = 0; i < list.count; ++i) {
    const Task& task = list.tasks[static_cast<std::size_t>(i)];
    Seconds& stream = free[static_cast<std::size_t>(task.stream)];
    Seconds start = stream;
    if (task.after >= 0) start = std::max(start, end[static_cast<std::size_t>(task.after)]);
    if (task.stream != Stream::kCompute) hidden += task.duration;
    if (task.stream == Stream::kCompute) {
      if (start > stream) {
        const Task& awaited = list.tasks[static_cast<std::size_t>(task.after)];
        out.parts[awaited.cost] += start - stream;
        hidden -= start - stream;
      }
      out.parts[task.cost] += task.duration;
    }
    stream = end[static_cast<std::size_t>(i)] = start + task.duration;
  }
  const Seconds slowed = std::max(hidden, Seconds{}) * interference;
  out.parts[Cost::kInterference] += slowed;
  out.length = free[static_cast<std::size_t>(Stream::kCompute)] + slowed;
  if (host > out.length) {
    out.parts[Cost::kHost] += host - out.length;
    out.length = host;
  }
  return out;
}

/// All-to-all of one micro-batch runs under the compute of another's opposite pass: what exceeds
/// the compute stays visible, and never less than the stack's share.
void overlap_experts(LayerTimes& t, double exposed_share, double interference) {
  const Seconds exchange = t.forward_parts[Cost::kExpertComm] + t.backward_parts[Cost::kExpertComm];
  if (exposed_share >= 1.0 || exchange <= Seconds{}) return;
  const Seconds compute = t.forward + t.backward - exchange;
  const Seconds visible = std::max(exchange * exposed_share, exchange - compute);
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

LayerTimes play_layer(const LayerProgram& program) {
  const Played forward = play_list(program.forward, program.forward_host, program.interference);
  const Played backward = play_list(program.backward, program.backward_host, program.interference);
  LayerTimes out{forward.length, backward.length, program.weight_gradients, forward.parts,
                 backward.parts};
  overlap_experts(out, program.ep_overlap_exposed, program.interference);
  return out;
}

}  // namespace fleetcast
