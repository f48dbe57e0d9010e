#include "sim/interchange/chakra_layers.hpp"

#include <algorithm>

#include "models/cost/schedule.hpp"
#include "sim/step/layer_memory.hpp"
#include "sim/step/layer_price.hpp"
#include "sim/step/layer_shards.hpp"

namespace fleetcast::interchange::chakra {
namespace {

constexpr double kBytesPerOp = 2.0;         ///< of memory-bound kernels: an element of bf16
constexpr double kBackwardAttention = 2.5;  ///< models/workload/op.hpp, AttentionShape
constexpr Seconds kNothing{1e-15};

/// By Boundary.
constexpr std::array<std::string_view, 7> kBoundaryNames{
    "enter_tensor",        "leave_tensor",        "key_value", "dispatch",
    "enter_expert_tensor", "leave_expert_tensor", "combine"};

Seconds longest(const std::vector<Message>& set) {
  Seconds out{};
  for (const Message& message : set) out = std::max(out, message.duration);
  return out;
}

/// Bytes of a GEMM's three matrices. `width`: of the two factors.
double bytes_of(const GemmShape& g, double width) {
  return g.groups * (width * (g.m * g.k + g.k * g.n) + 2.0 * g.m * g.n);
}

double bytes_of(const AttentionShape& a) {
  const double queries = a.heads * a.queries * (a.head_dim + a.value_dim);
  const double keys = a.kv_heads * a.keys * (a.head_dim + a.value_dim);
  return 2.0 * a.batch * (queries + keys);
}

class Writer {
 public:
  Writer(const PlayedStep& played, const step::Scripts& scripts, std::size_t kind)
      : pricing_(*played.pricing),
        step_(*played.step),
        kind_(kind),
        scripts_(scripts.of[kind]),
        times_(played.engine->layers[static_cast<std::size_t>(step_.programs[kind]->id)]),
        price_(pricing_, step_.plan) {
    emit_layer(static_cast<LayerKind>(kind), *pricing_.job.model, price_.split(), ops_);
  }

  void write(std::array<LayerPass, step::kPassCount>& out) {
    const auto at = [&](SlotPass pass) -> LayerPass& {
      return out[static_cast<std::size_t>(pass)];
    };
    at(SlotPass::kForward) = pass_of(SlotPass::kForward, times_.forward_parts);
    at(SlotPass::kBackward) = pass_of(SlotPass::kBackward, times_.backward_parts);
    at(SlotPass::kBackwardInput) = pass_of(SlotPass::kBackwardInput, times_.backward_parts);
    at(SlotPass::kBackwardWeight) = {weight_gradients()};
  }

 private:
  [[nodiscard]] const step::Script& script_of(SlotPass pass) const {
    return scripts_[static_cast<std::size_t>(pass)];
  }

  LayerPass pass_of(SlotPass pass, const Breakdown& parts) {
    LayerPass out;
    Seconds slowed{};
    for (const step::ScriptTask& task : script_of(pass).tasks) {
      out.push_back(part_of(task, is_backward(pass) && task.cost != Cost::kRecompute));
      if (task.cost == Cost::kInterference) slowed += task.duration;
    }
    add_rest("slowed by exchange beside it", Cost::kInterference,
             parts[Cost::kInterference] - slowed, out);
    add_rest("wait for the CPU", Cost::kHost, parts[Cost::kHost], out);
    return out;
  }

  static void add_rest(const char* name, Cost cost, Seconds duration, LayerPass& out) {
    if (duration > kNothing) out.push_back({.name = name, .cost = cost, .duration = duration});
  }

  LayerPart part_of(const step::ScriptTask& task, bool back) {
    LayerPart out{.cost = task.cost,
                  .stream = task.stream,
                  .after = task.after,
                  .duration = std::max(task.duration - task.credit, Seconds{})};
    if (task.stream != Stream::kCompute)
      add_messages(task, out);
    else if (task.exchange <= kKernelOf)
      add_work(ops_.ops[static_cast<std::size_t>(kKernelOf - task.exchange)], task, back, out);
    else
      out.name = key_of(task.cost);
    return out;
  }

  /// What a kernel computes. In the backward pass a linear has two, which cost as much each.
  void add_work(const Op& op, const step::ScriptTask& task, bool back, LayerPart& out) {
    out.name = op.name;
    switch (op.kind) {
      case OpKind::kLinear:
      case OpKind::kGroupedLinear:
        out.ops = op.gemm.work().base();
        out.bytes = bytes_of(op.gemm, op.low_precision ? width() : 2.0);
        if (back) out.name += (task.traits & kWeightGradient) != 0 ? " weight" : " input";
        break;
      case OpKind::kAttention:
        out.ops = op.attention.work().base() * (back ? kBackwardAttention : 1.0);
        out.bytes = bytes_of(op.attention) * (back ? 2.0 : 1.0);
        break;
      case OpKind::kMemory:
        out.bytes = (back ? op.backward : op.forward).bytes.base();
        out.ops = out.bytes / kBytesPerOp;
        break;
      case OpKind::kBoundary: break;
    }
    if (back) out.name += " gradient";
    double share = 1.0 - task.put_off / std::max(task.duration + task.put_off, kNothing);
    if (task.cost == Cost::kRecompute) {
      share = fully_recomputed_share(pricing_, step_.plan);
      out.name += " again";
    }
    out.ops *= share;
    out.bytes *= share;
  }

  [[nodiscard]] double width() const { return bits_of(pricing_.precision->gemm) / 8.0; }

  void add_messages(const step::ScriptTask& task, LayerPart& out) {
    if (task.exchange >= kShardExchange) {
      SentList list;
      list.add(shard_sent(static_cast<StateShard>(task.exchange - kShardExchange),
                          step_.parameters[kind_], pricing_, step_.plan));
      out.name = "weights and gradients";
      out.messages.push_back(priced(list, pricing_));
    } else {
      const Op& op = ops_.ops[static_cast<std::size_t>(task.exchange / 2)];
      const Pass pass = task.exchange % 2 == 0 ? Pass::kForward : Pass::kBackward;
      out.name = kBoundaryNames[static_cast<std::size_t>(op.boundary)];
      if (pass == Pass::kBackward) out.name += " gradient";
      // Keys and values go around again before their gradients do.
      if (pass == Pass::kBackward && op.boundary == Boundary::kKeyValue)
        out.messages.push_back(priced(price_.sent_at(op, Pass::kForward), pricing_));
      out.messages.push_back(priced(price_.sent_at(op, pass), pricing_));
    }
    fit(out);
  }

  /// To the task's duration, which may be what is visible of them.
  static void fit(LayerPart& part) {
    Seconds whole{};
    for (const std::vector<Message>& set : part.messages) whole += longest(set);
    if (whole <= Seconds{}) return part.messages.clear();
    const double scale = part.duration / whole;
    for (std::vector<Message>& set : part.messages)
      for (Message& message : set) message.duration *= scale;
  }

  [[nodiscard]] LayerPart weight_gradients() const {
    LayerPart out{.name = "weight gradients"};
    for (const step::ScriptTask& task : script_of(SlotPass::kBackwardWeight).tasks)
      out.duration += task.duration;
    for (const Op& op : ops_)
      if (op.kind == OpKind::kLinear || op.kind == OpKind::kGroupedLinear) {
        out.ops += op.gemm.work().base();
        out.bytes += bytes_of(op.gemm, op.low_precision ? width() : 2.0);
      }
    return out;
  }

  const Pricing& pricing_;
  const Step& step_;
  std::size_t kind_;
  const std::array<step::Script, step::kPassCount>& scripts_;
  const LayerTimes& times_;
  LayerPricer price_;
  OpList ops_;
};

}  // namespace

std::vector<Message> priced(const SentList& list, const Pricing& pricing) {
  std::vector<Message> out;
  for (const Sent& sent : list)
    if (const Seconds time = exchange_time(sent, pricing); time > Seconds{})
      out.push_back({sent, time});
  return out;
}

LayerPasses layer_passes(const PlayedStep& played) {
  LayerPasses out;
  const step::Scripts scripts =
      step::scripts_of(*played.step, traffic_of(*played.pricing, *played.step), {});
  for (std::size_t k = 0; k < kLayerKindCount; ++k)
    if (played.step->programs[k] != nullptr) Writer(played, scripts, k).write(out[k]);
  return out;
}

}  // namespace fleetcast::interchange::chakra
