#include "sim/interchange/chakra_export.hpp"

#include <algorithm>
#include <cmath>

#include "models/cost/schedule.hpp"

namespace fleetcast::interchange::chakra {
namespace {

using Ids = std::vector<std::uint64_t>;

constexpr double kMicro = 1e6;

/// By Group.
constexpr std::array<std::string_view, kGroupCount> kGroupNames{
    "tensor", "context", "data", "pipeline", "expert tensor", "expert", "expert data"};

/// By CollectiveOp; a message has no collective type.
constexpr std::array<CommType, kCollectiveOpCount> kCommTypes{
    CommType::kAllGather, CommType::kReduceScatter, CommType::kAllReduce, CommType::kAllToAll};

void join(Ids& to, const Ids& from) {
  for (const std::uint64_t id : from)
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
}

/// What has to end before a stream goes on.
struct Front {
  Ids data, ctrl;

  [[nodiscard]] Ids all() const {
    Ids out = data;
    join(out, ctrl);
    return out;
  }
};

/// Where a stage's slots are, and which complete a chunk's gradients.
struct Order {
  std::vector<Slot> slots;
  std::vector<int> final_slot;  ///< [chunk]
};

Order order_of(const Plan& plan, int stage) {
  const PipelineShape shape{plan.pp, plan.vp, plan.micro_batches, 0};
  Order out;
  out.slots.resize(static_cast<std::size_t>(max_slots(shape)));
  out.slots.resize(static_cast<std::size_t>(plan.schedule->order(stage, shape, out.slots)));
  out.final_slot.assign(static_cast<std::size_t>(plan.vp), 0);
  for (std::size_t i = 0; i < out.slots.size(); ++i)
    if (makes_gradients(out.slots[i].pass))
      out.final_slot[static_cast<std::size_t>(out.slots[i].chunk)] = static_cast<int>(i);
  return out;
}

/// One rank's nodes, in the order of its stage.
class RankWriter {
 public:
  RankWriter(const PlayedStep& played, const LayerPasses& passes, CommGroups& groups, int rank,
             const std::function<void(const Node&)>& sink)
      : played_(played),
        step_(*played.step),
        plan_(step_.plan),
        shape_{plan_.pp, plan_.vp, plan_.micro_batches, 0},
        passes_(passes),
        groups_(groups),
        sink_(sink),
        rank_(rank),
        stage_ranks_(plan_.gpus() / plan_.pp),
        stage_(rank / stage_ranks_),
        order_(order_of(plan_, stage_)) {
    if (plan_.pp > 1) hop_ = hop_sent(*played.pricing, plan_);
    for (std::size_t k = 0; k < kLayerKindCount; ++k)
      if (step_.programs[k] != nullptr)
        states_[k] = states_sent(step_.parameters[k], *played.pricing, plan_);
  }

  void write() {
    gather_weights();
    for (std::size_t i = 0; i < order_.slots.size(); ++i)
      run_slot(order_.slots[i], static_cast<int>(i));
    finish();
  }

 private:
  // Nodes.

  std::uint64_t emit(Node node, Cost cost, Seconds duration, const Front& after) {
    // Rounded so that the sum of any cost is right to a microsecond, not each node.
    double& sum = micros_[static_cast<std::size_t>(cost)];
    const double before = std::round(sum);
    sum += duration.base() * kMicro;
    node.id = ++last_id_;
    node.duration_micros = static_cast<std::uint64_t>(std::round(sum) - before);
    node.exact = duration;
    node.cost = key_of(cost);
    node.data_deps = after.data;
    for (const std::uint64_t id : after.ctrl)
      if (std::find(after.data.begin(), after.data.end(), id) == after.data.end())
        node.ctrl_deps.push_back(id);
    sink_(node);
    return node.id;
  }

  /// On the compute stream, behind all that it waits for.
  void compute(NodeType type, std::string name, Cost cost, Seconds duration, double ops,
               double bytes) {
    Node node{.name = std::move(name), .type = type};
    node.ops = static_cast<std::uint64_t>(std::llround(ops));
    node.bytes = static_cast<std::uint64_t>(std::llround(bytes));
    front_ = {{emit(std::move(node), cost, duration, front_)}, {}};
  }

  /// Of a stretch of the step that is no kernel.
  void pause(const char* name, Cost cost, Seconds duration) {
    if (duration > Seconds{}) compute(NodeType::kCompute, name, cost, duration, 0, 0);
  }

  std::uint64_t collective(const std::string& name, Cost cost, const Message& message,
                           const Front& after) {
    const Sent& sent = message.sent;
    Node node{.name = name, .type = NodeType::kCollective};
    node.comm_type = kCommTypes[static_cast<std::size_t>(sent.op)];
    // Our payload of a gather is what all have in the end; comm_size is what each puts in.
    const double own = sent.op == CollectiveOp::kAllGather ? sent.where.size : 1.0;
    node.comm_bytes = static_cast<std::uint64_t>(std::llround(sent.payload.base() / own));
    node.group = std::to_string(groups_.number_of(sent.where, place(sent.group, plan_), rank_));
    node.group_kind = kGroupNames[static_cast<std::size_t>(sent.group)];
    return emit(std::move(node), cost, message.duration, after);
  }

  /// Sets one after the other; returns the nodes of the last.
  Ids exchange(const std::string& name, Cost cost, const Messages& messages, Front after) {
    Ids out = after.all();
    for (const std::vector<Message>& set : messages) {
      if (set.empty()) continue;
      out.clear();
      for (const Message& message : set) out.push_back(collective(name, cost, message, after));
      after = {out, {}};
    }
    return out;
  }

  // Layers.

  void run_layer(const LayerPass& pass) {
    const Front begun = front_;
    std::array<Ids, kStreamCount> last;
    std::vector<Ids> ends(pass.size());
    for (std::size_t i = 0; i < pass.size(); ++i) {
      const LayerPart& part = pass[i];
      const Ids* awaited = part.after < 0 ? nullptr : &ends[static_cast<std::size_t>(part.after)];
      if (part.stream == Stream::kCompute) {
        if (awaited != nullptr) join(front_.data, *awaited);
        if (part.duration > Seconds{})
          compute(NodeType::kCompute, part.name, part.cost, part.duration, part.ops, part.bytes);
        ends[i] = front_.all();
        continue;
      }
      Ids& stream = last[static_cast<std::size_t>(part.stream)];
      Front after = awaited != nullptr ? Front{*awaited, {}} : begun;
      join(after.ctrl, stream);
      ends[i] = exchange(part.name, part.cost, part.messages, after);
      if (!part.messages.empty()) stream = ends[i];
    }
  }

  /// Layer kinds of a chunk in the order of the pass, each as often as it is there.
  [[nodiscard]] std::vector<std::size_t> layers_of(int chunk, bool backward) const {
    const auto at = static_cast<std::size_t>(stage_ * plan_.vp + chunk);
    const ChunkLayers& layers = step_.layout->distinct[step_.layout->place[at]];
    std::vector<std::size_t> out;
    for (const LayerKind kind : kModelOrder)
      out.insert(out.end(), static_cast<std::size_t>(layers.of(kind)),
                 static_cast<std::size_t>(kind));
    if (backward) std::reverse(out.begin(), out.end());
    return out;
  }

  void run_slot(const Slot& slot, int number) {
    receive(slot);
    const bool backward = is_backward(slot.pass);
    const bool is_first = !backward && slot.micro_batch == 0;
    const bool is_final = makes_gradients(slot.pass) &&
                          order_.final_slot[static_cast<std::size_t>(slot.chunk)] == number;
    const std::vector<std::size_t> layers = layers_of(slot.chunk, backward);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (is_first && step_.overlap_gather && !weights_.empty())
        join(front_.data, weights_[static_cast<std::size_t>(slot.chunk)][i]);
      run_layer(passes_[layers[i]][static_cast<std::size_t>(slot.pass)]);
      if (is_final && step_.overlap_reduce) reduce(layers[i]);
    }
    send(slot);
  }

  // Between stages.

  /// What reaches a slot is numbered so; unique for the two stages.
  [[nodiscard]] std::uint32_t tag_of(const Slot& slot, int chunk) const {
    return static_cast<std::uint32_t>((slot.micro_batch * plan_.vp + chunk) * 2 +
                                      (is_backward(slot.pass) ? 1 : 0));
  }

  [[nodiscard]] int rank_on(int stage) const { return stage * stage_ranks_ + rank_ % stage_ranks_; }

  /// The virtual stage before or behind a slot's, in the direction of its pass; below zero: none.
  [[nodiscard]] int neighbour(const Slot& slot, int steps) const {
    const int v = plan_.schedule->virtual_stage(stage_, slot.chunk, shape_) +
                  (is_backward(slot.pass) ? -steps : steps);
    return v < plan_.pp * plan_.vp ? v : -1;
  }

  void receive(const Slot& slot) {
    Front begin{{}, front_.all()};
    const int from = slot.pass == SlotPass::kBackwardWeight ? -1 : neighbour(slot, -1);
    const int stage = from < 0 ? stage_ : plan_.schedule->place(from, shape_).stage;
    const std::uint32_t tag = tag_of(slot, slot.chunk);
    if (from >= 0 && stage == stage_) {
      begin.data = handed_on_[tag];
    } else if (from >= 0) {
      Node node{
          .name = is_backward(slot.pass) ? "gradients from behind" : "activations from before",
          .type = NodeType::kReceive};
      node.comm_bytes = hop_bytes();
      node.src = static_cast<std::uint32_t>(rank_on(stage));
      node.dst = static_cast<std::uint32_t>(rank_);
      node.tag = tag;
      node.group_kind = kGroupNames[static_cast<std::size_t>(Group::kPipeline)];
      begin.data = {emit(std::move(node), Cost::kPipelineComm, Seconds{}, begin)};
      for (const Message& message : priced(hop_, *played_.pricing))
        if (message.sent.op != CollectiveOp::kSendRecv)
          begin.data = {collective("activations whole again", Cost::kPipelineComm, message,
                                   {begin.data, {}})};
    }
    front_ = begin;
  }

  void send(const Slot& slot) {
    const int to = slot.pass == SlotPass::kBackwardWeight ? -1 : neighbour(slot, 1);
    if (to < 0) return;
    const Place place = plan_.schedule->place(to, shape_);
    const std::uint32_t tag = tag_of(slot, place.chunk);
    if (place.stage == stage_) {
      handed_on_[tag] = front_.all();
      return;
    }
    Node node{.name = is_backward(slot.pass) ? "gradients to before" : "activations to behind",
              .type = NodeType::kSend};
    node.comm_bytes = hop_bytes();
    node.src = static_cast<std::uint32_t>(rank_);
    node.dst = static_cast<std::uint32_t>(rank_on(place.stage));
    node.tag = tag;
    node.group_kind = kGroupNames[static_cast<std::size_t>(Group::kPipeline)];
    Seconds time{};
    for (const Message& message : priced(hop_, *played_.pricing))
      if (message.sent.op == CollectiveOp::kSendRecv) time = message.duration;
    emit(std::move(node), Cost::kPipelineComm, time, front_);
  }

  [[nodiscard]] std::uint64_t hop_bytes() const {
    return static_cast<std::uint64_t>(std::llround(hop_.begin()->payload.base()));
  }

  // Between data-parallel ranks.

  /// One after the other, behind what is on its way.
  Ids move_states(const char* name, const SentList& list, const Ids& data) {
    Ids out = data;
    for (const Message& message : priced(list, *played_.pricing))
      states_sent_ = out = {collective(name, Cost::kDataComm, message, {out, states_sent_})};
    return out;
  }

  void gather_weights() {
    for (int c = 0; c < plan_.vp; ++c) {
      std::vector<Ids> chunk;
      for (const std::size_t kind : layers_of(c, false))
        chunk.push_back(move_states("weights", states_[kind].gather, {}));
      weights_.push_back(std::move(chunk));
    }
    if (!step_.overlap_gather) join(front_.data, states_sent_);
  }

  void reduce(std::size_t kind) { move_states("gradients", states_[kind].reduce, front_.all()); }

  void finish() {
    put_off_weight_gradients();
    if (!step_.overlap_reduce)
      for (int c = plan_.vp; c-- > 0;)
        for (const std::size_t kind : layers_of(c, true)) reduce(kind);
    join(front_.data, states_sent_);
    const OptimizerTraffic moved = optimizer_traffic(*played_.pricing, step_);
    const double read = moved.read / (moved.read + moved.written);
    compute(NodeType::kMemoryLoad, "gradients and optimizer states", Cost::kOptimizer,
            step_.optimizer * read, 0, moved.read.base());
    compute(NodeType::kMemoryStore, "weights and optimizer states", Cost::kOptimizer,
            step_.optimizer * (1.0 - read), 0, moved.written.base());
    pause("slowed by gradients and weights beside it", Cost::kInterference,
          slowed_by_states(played_));
    pause("wait for the slowest rank", Cost::kStraggler,
          played_.timeline->breakdown[Cost::kStraggler]);
    pause("data loading, logging, synchronisation", Cost::kOverhead, step_.overhead);
  }

  void put_off_weight_gradients() {
    constexpr auto kLogits = static_cast<std::size_t>(LayerKind::kLogits);
    const int count = step_.layout->stage[static_cast<std::size_t>(stage_)].count[kLogits];
    if (step_.deferred == 0.0 || count == 0) return;
    const double times = count * step_.deferred * plan_.micro_batches;
    double ops = 0, bytes = 0;  // of a weight gradient as of its product
    for (const LayerPart& part : passes_[kLogits][static_cast<std::size_t>(SlotPass::kForward)]) {
      if (part.cost != Cost::kGemm) continue;
      ops += part.ops * times;
      bytes += part.bytes * times;
    }
    compute(NodeType::kCompute, "weight gradients put off", Cost::kGemm,
            step_.programs[kLogits]->weight_gradients * times, ops, bytes);
  }

  const PlayedStep& played_;
  const Step& step_;
  const Plan& plan_;
  PipelineShape shape_;
  const LayerPasses& passes_;
  CommGroups& groups_;
  const std::function<void(const Node&)>& sink_;
  int rank_, stage_ranks_, stage_;
  Order order_;
  SentList hop_;
  std::array<StatesSent, kLayerKindCount> states_;

  std::uint64_t last_id_ = 0;
  std::array<double, kCostCount> micros_{};
  Front front_;                             ///< of the compute stream
  Ids states_sent_;                         ///< last on the stream of gradients and weights
  std::vector<std::vector<Ids>> weights_;   ///< [chunk][layer]
  std::map<std::uint32_t, Ids> handed_on_;  ///< between chunks of this stage, by tag
};

}  // namespace

Exporter::Exporter(const PlayedStep& played)
    : played_(played), passes_(layer_passes(played)), groups_(played.step->plan.gpus()) {}

int Exporter::ranks() const { return played_.step->plan.gpus(); }

int Exporter::first_rank_of(int stage) const { return stage * (ranks() / played_.step->plan.pp); }

void Exporter::write(int rank, const std::function<void(const Node&)>& sink) {
  RankWriter(played_, passes_, groups_, rank, sink).write();
}

Seconds slowed_by_states(const PlayedStep& played) {
  const Step& step = *played.step;
  const ChunkLayers& busiest =
      step.layout->stage[static_cast<std::size_t>(played.timeline->busiest_stage)];
  Seconds of_layers{};
  for (std::size_t k = 0; k < kLayerKindCount; ++k) {
    if (busiest.count[k] == 0) continue;
    const LayerTimes& layer = played.engine->layers[static_cast<std::size_t>(step.programs[k]->id)];
    of_layers +=
        (layer.forward_parts[Cost::kInterference] + layer.backward_parts[Cost::kInterference]) *
        (double(busiest.count[k]) * step.plan.micro_batches);
  }
  const Seconds all = played.timeline->breakdown[Cost::kInterference];
  return all > of_layers * (1.0 + 1e-12) ? all - of_layers : Seconds{};
}

}  // namespace fleetcast::interchange::chakra
