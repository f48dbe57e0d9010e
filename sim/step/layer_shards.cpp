#include "sim/step/layer_shards.hpp"

#include <utility>

namespace fleetcast {
namespace {

/// Runs beside the whole layer, or behind it; the layer ends when both have.
void beside(TaskList& list, Seconds duration, bool overlaps) {
  const auto after = static_cast<std::int16_t>(overlaps ? -1 : list.last_on(Stream::kCompute));
  const int sent = list.add(
      {.duration = duration, .cost = Cost::kDataComm, .stream = Stream::kData, .after = after});
  list.add({.after = static_cast<std::int16_t>(sent)});
}

}  // namespace

void add_shard_exchange(LayerKind kind, const Pricing& pricing, const Plan& plan,
                        const Split& split, LayerProgram& program) {
  const Stack& stack = *pricing.stack;
  const RankParameters p = rank_parameters(kind, *pricing.job.model, pricing.parameters, split);
  for (const auto& [count, group] :
       {std::pair{p.dense, Group::kData}, std::pair{p.expert, Group::kExpertData}}) {
    if (count == 0.0) continue;
    const NetworkGroup ranks = sharing_group(group, plan, pricing.system->network);
    const Seconds gather = exchange_time(CollectiveOp::kAllGather,
                                         Bytes{count * gather_bytes(pricing)}, ranks, pricing);
    const Seconds scatter = exchange_time(CollectiveOp::kReduceScatter,
                                          Bytes{count * stack.grad_bytes}, ranks, pricing);
    beside(program.forward, gather, stack.overlap_param_gather);
    beside(program.backward, scatter, stack.overlap_grad_reduce);
    beside(program.backward, gather, stack.overlap_param_gather);
  }
}

}  // namespace fleetcast
