#include "sim/step/traffic.hpp"

#include <algorithm>
#include <numeric>

#include "sim/step/layer_price.hpp"
#include "sim/step/layer_shards.hpp"

namespace fleetcast {
namespace {

constexpr std::int16_t kNowhere = StepTraffic::kNone;

/// Adds exchanges to a route; times are those that exchange_time says.
class RouteWriter {
 public:
  RouteWriter(const Pricing& pricing, StepTraffic& out) : pricing_(pricing), out_(out) {
    route_.first = static_cast<int>(out.stretches.size());
  }

  /// Behind what is there.
  void append(const Sent& sent) {
    for (const Stretch& stretch : played(sent)) out_.stretches.push_back(stretch);
  }

  /// At the same time, as one pipeline: the longest leads, the others keep their links busy too.
  void append_together(const SentList& list) {
    const Sent* longest = nullptr;
    Seconds most{};
    for (const Sent& sent : list)
      if (const Seconds time = exchange_time(sent, pricing_); longest == nullptr || time > most) {
        most = time;
        longest = &sent;
      }
    if (longest == nullptr) return;
    const auto begin = out_.stretches.size();
    append(*longest);
    for (const Sent& sent : list)
      if (&sent != longest) add_busy(begin, sent);
  }

  /// Index of the route; kNone where nothing is sent.
  int finish(Party party) {
    route_.count = static_cast<int>(out_.stretches.size()) - route_.first;
    route_.party = party;
    if (route_.count == 0) return StepTraffic::kNone;
    for (int i = route_.first; i < route_.first + route_.count; ++i)
      route_.total += at(i).latency + at(i).transfer;
    out_.routes.push_back(route_);
    return static_cast<int>(out_.routes.size()) - 1;
  }

 private:
  Stretch& at(int i) { return out_.stretches[static_cast<std::size_t>(i)]; }

  [[nodiscard]] Stretches played(const Sent& sent) const {
    const Network& network = pricing_.system->network;
    const CollectivePrice price = collective_price(sent.op, sent.payload, sent.ranks, network);
    if (price.algorithm == nullptr) return {};
    Stretches out =
        stretches_of(price.algorithm->rounds(sent.op, sent.payload, sent.ranks, network), network);
    const double slower = 1.0 / link_rate(sent.ranks, pricing_);
    for (int i = 0; i < out.count; ++i) {
      Stretch& s = out.stretch[static_cast<std::size_t>(i)];
      s.call *= slower;
      s.latency *= slower;
      s.transfer *= slower;
    }
    return out;
  }

  /// Spread over the stretches from `begin`, in proportion to their transfers.
  void add_busy(std::size_t begin, const Sent& sent) {
    Seconds whole{};
    for (std::size_t i = begin; i < out_.stretches.size(); ++i) whole += out_.stretches[i].transfer;
    if (whole == Seconds{}) return;
    for (const Stretch& other : played(sent))
      for (std::size_t i = begin; i < out_.stretches.size(); ++i)
        for (std::size_t t = 0; t < kMaxTiers; ++t) {
          Stretch& s = out_.stretches[i];
          s.busy[t] = std::min(s.transfer, s.busy[t] + other.busy[t] * (s.transfer / whole));
        }
  }

  const Pricing& pricing_;
  StepTraffic& out_;
  Route route_;
};

void route_layer(std::size_t kind, const Pricing& pricing, const Step& step, StepTraffic& out) {
  LayerPricer price(pricing, step.plan);
  OpList ops;
  emit_layer(static_cast<LayerKind>(kind), *pricing.job.model, price.split(), ops);
  for (int i = 0; i < ops.count; ++i) {
    const Op& op = ops.ops[static_cast<std::size_t>(i)];
    if (op.kind != OpKind::kBoundary) continue;
    for (const Pass pass : {Pass::kForward, Pass::kBackward}) {
      RouteWriter writer(pricing, out);
      writer.append_together(price.sent_at(op, pass));
      const auto exchange = static_cast<std::int16_t>(2 * i + (pass == Pass::kBackward));
      out.of_task[kind][StepTraffic::place_of(exchange)] =
          static_cast<std::int16_t>(writer.finish(Party::kBlock));
    }
  }
}

void route_states(std::size_t kind, const Pricing& pricing, const Step& step, StepTraffic& out) {
  const StatesSent sent = states_sent(step.parameters[kind], pricing, step.plan);
  for (const auto& [list, index] :
       {std::pair{&sent.reduce, &out.reduce[kind]}, std::pair{&sent.gather, &out.gather[kind]}}) {
    RouteWriter writer(pricing, out);
    for (const Sent& each : *list) writer.append(each);
    *index = writer.finish(Party::kColumns);
  }
  if (step.plan.zero < 3) return;
  for (int s = 0; s < kStateShardCount; ++s) {
    RouteWriter writer(pricing, out);
    writer.append(
        shard_sent(static_cast<StateShard>(s), step.parameters[kind], pricing, step.plan));
    out.of_task[kind][StepTraffic::place_of(static_cast<std::int16_t>(kShardExchange + s))] =
        static_cast<std::int16_t>(writer.finish(Party::kColumns));
  }
}

/// Ranks side by side in which all groups but those of data and pipeline lie whole.
int block_of(const Plan& plan) {
  int ranks = 1;
  for (const Group group :
       {Group::kTensor, Group::kContext, Group::kExpertTensor, Group::kExpert}) {
    const GroupPlace p = place(group, plan);
    ranks = std::lcm(ranks, p.size * p.stride);
  }
  return std::min(ranks, plan.gpus() / plan.pp);
}

}  // namespace

StepTraffic traffic_of(const Pricing& pricing, const Step& step) {
  StepTraffic out;
  for (auto& codes : out.of_task) codes.fill(kNowhere);
  out.reduce.fill(StepTraffic::kNone);
  out.gather.fill(StepTraffic::kNone);
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    if (step.programs[k] == nullptr) continue;
    route_layer(k, pricing, step, out);
    route_states(k, pricing, step, out);
  }
  if (step.plan.pp > 1) {
    RouteWriter writer(pricing, out);
    for (const Sent& sent : hop_sent(pricing, step.plan)) writer.append(sent);
    out.hop = writer.finish(Party::kBlock);
  }
  out.block_ranks = block_of(step.plan);
  out.columns = step.plan.gpus() / step.plan.pp / out.block_ranks;
  return out;
}

}  // namespace fleetcast
