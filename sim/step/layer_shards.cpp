#include "sim/step/layer_shards.hpp"

#include <utility>

namespace fleetcast {
namespace {

/// Runs beside the whole layer, or behind it; the layer ends when both have.
void beside(TaskList& list, Seconds duration, bool overlaps, StateShard shard) {
  const auto after = static_cast<std::int16_t>(overlaps ? -1 : list.last_on(Stream::kCompute));
  const auto exchange = static_cast<std::int16_t>(kShardExchange + static_cast<int>(shard));
  const int sent = list.add({.duration = duration,
                             .cost = Cost::kDataComm,
                             .stream = Stream::kData,
                             .after = after,
                             .exchange = exchange});
  list.add({.after = static_cast<std::int16_t>(sent)});
}

}  // namespace

Sent shard_sent(StateShard shard, const RankParameters& p, const Pricing& pricing,
                const Plan& plan) {
  const bool expert = shard == StateShard::kExpertGather || shard == StateShard::kExpertScatter;
  const bool gathers = shard == StateShard::kGather || shard == StateShard::kExpertGather;
  const double bytes = gathers ? gather_bytes(pricing) : pricing.stack->grad_bytes;
  const Group group = expert ? Group::kExpertData : Group::kData;
  return {.op = gathers ? CollectiveOp::kAllGather : CollectiveOp::kReduceScatter,
          .payload = Bytes{(expert ? p.expert : p.dense) * bytes},
          .ranks = sharing_group(group, plan, pricing.system->network),
          .group = group,
          .where = sharing_place(group, plan)};
}

void add_shard_exchange(LayerKind kind, const Pricing& pricing, const Plan& plan,
                        const Split& split, LayerProgram& program) {
  const Stack& stack = *pricing.stack;
  const RankParameters p = rank_parameters(kind, *pricing.job.model, pricing.parameters, split);
  for (const auto& [gather, scatter] :
       {std::pair{StateShard::kGather, StateShard::kScatter},
        std::pair{StateShard::kExpertGather, StateShard::kExpertScatter}}) {
    const Sent gathered = shard_sent(gather, p, pricing, plan);
    const Sent scattered = shard_sent(scatter, p, pricing, plan);
    if (gathered.payload == Bytes{}) continue;
    const Seconds gathering = exchange_time(gathered, pricing);
    beside(program.forward, gathering, stack.overlap_param_gather, gather);
    beside(program.backward, exchange_time(scattered, pricing), stack.overlap_grad_reduce, scatter);
    beside(program.backward, gathering, stack.overlap_param_gather, gather);
  }
}

}  // namespace fleetcast
