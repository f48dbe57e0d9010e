#include <algorithm>
#include <type_traits>
#include <utility>

#include "sim/step/layer_memory.hpp"
#include "sim/step/layer_price.hpp"
#include "sim/step/layer_shards.hpp"

// One layer's operations, priced and put in order on the streams of one rank.

namespace fleetcast {
namespace {

constexpr std::array<Stream, kGroupCount> kStreamOf{
    Stream::kTensor,       Stream::kContext, Stream::kData, Stream::kData,
    Stream::kExpertTensor, Stream::kExpert,  Stream::kData};
constexpr std::array<Cost, kGroupCount> kCostOf{
    Cost::kTensorComm, Cost::kContextComm, Cost::kDataComm, Cost::kPipelineComm,
    Cost::kExpertComm, Cost::kExpertComm,  Cost::kDataComm};

// Transformer Engine's userbuffers as NeMo configures them (tp_overlap_configs/userbuffers.py):
// all-gathers go around as a ring beside the chunks of their GEMM, by copy engines. Sums in bf16,
// and those sent in fp8, follow their GEMM in four chunks on SMs that it gives up; others ride a
// ring.
constexpr double kLastChunk = 0.25;
constexpr double kMostSms = 0.125;  // of a chip with few

std::size_t at(Group group) { return static_cast<std::size_t>(group); }

/// Tasks of one pass added up instead of listed: kernels alone.
struct KernelSum {
  Seconds kernels{};

  int add(const Task& task) {
    if (task.stream == Stream::kCompute) kernels += task.duration;
    return 0;
  }
  [[nodiscard]] int last_on(Stream /*stream*/) const { return -1; }
};

/// Writes both passes of a layer: as lists to play, or as sums, which leave exchanges out.
template <class List>
class LayerLowering {
 public:
  LayerLowering(LayerKind kind, const Pricing& pricing, const Plan& plan,
                LoweringWorkspace& workspace, List& forward, List& backward)
      : kind_(kind),
        pricing_(pricing),
        plan_(plan),
        price_(pricing, plan, &workspace.products),
        ops_(workspace.ops),
        forward_{forward},
        backward_{backward} {
    ops_.count = ops_.products = 0;
    emit_layer(kind, *pricing.job.model, price_.split(), ops_);
  }

  void run() {
    for (const Op& op : ops_) forward_op(forward_, op, false);
    recompute();
    for (int i = ops_.count - 1; i >= 0; --i) backward_op(i);
  }

  [[nodiscard]] const OpList& ops() const { return ops_; }
  [[nodiscard]] const Split& split() const { return price_.split(); }
  [[nodiscard]] Flops work() const { return work_; }
  [[nodiscard]] Seconds forward_host() const { return forward_.host; }
  [[nodiscard]] Seconds backward_host() const { return backward_.host; }
  [[nodiscard]] Seconds weight_gradients() const { return weight_gradients_; }

 private:
  /// The tasks of one pass.
  struct Side {
    List& list;
    Seconds host{};  ///< of all of them
  };

  int add(Side& to, Task task) {
    task.duration *= share_;
    task.host *= share_;
    to.host += task.host;
    return to.list.add(task);
  }

  void compute(Side& to, Seconds duration, Cost cost, Launches n, int after = -1,
               std::uint8_t traits = 0) {
    add(to, {.duration = duration + pricing_.stack->gap_per_kernel * n.kernels,
             .cost = cost,
             .after = static_cast<std::int16_t>(after),
             .traits = traits,
             .exchange = static_cast<std::int16_t>(kKernelOf - now_),
             .host = host_time(n.calls)});
  }

  void begin(const Op& op) {
    now_ = static_cast<int>(&op - ops_.begin());
    now_captured_ = price_.captured(op);
  }

  [[nodiscard]] PricedExchange exchange_at(const Op& boundary) {
    if constexpr (std::is_same_v<List, KernelSum>)
      return {};
    else
      return price_.exchange(boundary);
  }

  static std::uint8_t traits_of(const Op& op) {
    return op.kind == OpKind::kGroupedLinear ? std::uint8_t{kOfExperts} : std::uint8_t{0};
  }

  /// What the boundary at this place of the layer sends.
  [[nodiscard]] std::int16_t sent_at(const Op& boundary, Pass pass) const {
    return static_cast<std::int16_t>(2 * (&boundary - ops_.begin()) + (pass == Pass::kBackward));
  }

  [[nodiscard]] Seconds host_time(double calls) const {
    return now_captured_ ? Seconds{}
                         : pricing_.stack->host_per_kernel * (pricing_.system->cluster.host_time *
                                                              pricing_.calibration.host * calls);
  }

  /// A collective that everything after it waits for; `after` defaults to all compute so far.
  void block(Side& to, Seconds duration, Group group, std::int16_t exchange) {
    const int sent = start(to, duration, group, exchange);
    wait(to, sent);
  }

  int start(Side& to, Seconds duration, Group group, std::int16_t exchange) {
    return add(to, {.duration = duration,
                    .cost = kCostOf[at(group)],
                    .stream = kStreamOf[at(group)],
                    .after = static_cast<std::int16_t>(to.list.last_on(Stream::kCompute)),
                    .exchange = exchange,
                    .host = host_time(1.0)});
  }

  /// Holds the compute stream until a collective has ended.
  void wait(Side& to, int task) { add(to, {.after = static_cast<std::int16_t>(task)}); }

  /// Tensor-parallel collectives chunked under their GEMM: part stays visible, the rest slows it.
  void tensor_exchange(Side& to, Seconds duration, bool follows_product, std::int16_t exchange) {
    if (!pricing_.stack->tp_overlap) return block(to, duration, Group::kTensor, exchange);
    const Calibration& fitted = pricing_.calibration;
    double visible = fitted.tensor_exposed;
    Seconds slowed{};
    if (follows_product) {
      const bool chunked = pricing_.stack->scatter_sms > 0.0 && scatters_in_chunks();
      const double last = chunked ? kLastChunk : 1.0 / plan_.tp;
      const double sms = pricing_.stack->scatter_sms / pricing_.system->chip.sm_count;
      const double share = chunked ? std::min(sms, kMostSms) : 0.0;
      slowed = last_product_ * (share / (1.0 - share));
      visible = std::max(last, 1.0 - (1.0 - last) * (last_product_ / duration));
    }
    block(to, duration * visible, Group::kTensor, exchange);
    slowed += duration * ((1.0 - visible) * fitted.interference);
    add(to, {.duration = slowed, .cost = Cost::kInterference});
  }

  [[nodiscard]] bool scatters_in_chunks() const {
    const Precision& recipe = *pricing_.precision;
    return bits_of(recipe.gemm) >= 16.0 || (pricing_.stack->fp8_scatter && recipe.per_tensor());
  }

  void forward_op(Side& to, const Op& op, bool again) {
    const auto cost = [&](Cost usual) { return again ? Cost::kRecompute : usual; };
    begin(op);
    switch (op.kind) {
      case OpKind::kLinear:
      case OpKind::kGroupedLinear:
        last_product_ = price_.product(op, op.gemm, false) * (again ? product_share() : 1.0);
        compute(to, last_product_, cost(Cost::kGemm), price_.launches(op), -1, traits_of(op));
        if (!again) work_ += op.gemm.work();
        break;
      case OpKind::kAttention:
        compute(to, price_.attention(op, Pass::kForward), cost(Cost::kAttention), {});
        if (!again) work_ += op.attention.work();
        if (ring_ >= 0) wait(to, std::exchange(ring_, -1));
        break;
      case OpKind::kMemory:
        compute(to, price_.traffic(op.forward), cost(memory_cost(op)),
                {op.forward.kernels, op.forward.kernels});
        break;
      case OpKind::kBoundary: forward_boundary(to, op); break;
    }
  }

  void forward_boundary(Side& to, const Op& op) {
    if (op.boundary == Boundary::kDispatch && pricing_.stack->token_counts_on_host &&
        !now_captured_)
      add(to, {.sync = true, .host = host_time(1.0)});
    const PricedExchange p = exchange_at(op);
    if (!p.present) return;
    if (p.exchange.under_attention)
      ring_ = start(to, p.forward, p.exchange.group, sent_at(op, Pass::kForward));
    else if (p.exchange.group == Group::kTensor)
      tensor_exchange(to, p.forward, op.boundary == Boundary::kLeaveTensor,
                      sent_at(op, Pass::kForward));
    else
      block(to, p.forward, p.exchange.group, sent_at(op, Pass::kForward));
  }

  static Cost memory_cost(const Op& op) {
    return (op.modules & kQuantizeModule) != 0 ? Cost::kQuantize : Cost::kMemoryBound;
  }

  /// Of the matrix products, how many are recomputed.
  [[nodiscard]] double product_share() const { return plan_.recompute.every_other ? 0.5 : 1.0; }

  void recompute() {
    if (!is_transformer_layer(kind_)) return;
    share_ = fully_recomputed_share(pricing_, plan_);
    for (const Op& op : ops_)
      if (is_recomputed(op, plan_.recompute)) forward_op(backward_, op, true);
    share_ = 1.0;
  }

  void backward_op(int index) {
    const Op& op = ops_.ops[static_cast<std::size_t>(index)];
    Side& to = backward_;
    begin(op);
    switch (op.kind) {
      case OpKind::kLinear:
      case OpKind::kGroupedLinear: backward_linear(index); break;
      case OpKind::kAttention: backward_attention(index); break;
      case OpKind::kMemory:
        compute(to, price_.traffic(op.backward), memory_cost(op),
                {op.backward.kernels, op.backward.kernels});
        break;
      case OpKind::kBoundary: backward_boundary(index); break;
    }
  }

  /// The sequence-parallel boundary in front of a linear, when nothing but casts lies between.
  [[nodiscard]] int entered_by(int index) const {
    for (int i = index - 1; i >= 0; --i) {
      const Op& op = ops_.ops[static_cast<std::size_t>(i)];
      if (op.kind == OpKind::kBoundary) return op.boundary == Boundary::kEnterTensor ? i : -1;
      if (op.kind != OpKind::kMemory || op.forward.kind != MemoryKind::kQuantize) return -1;
    }
    return -1;
  }

  // The gathered input is fetched again beside the data gradient, the input's gradient is scattered
  // beside the weight gradient (Megatron-LM, LinearWithGradAccumulationAndAsyncCommunication).
  void backward_linear(int index) {
    const Op& op = ops_.ops[static_cast<std::size_t>(index)];
    Side& to = backward_;
    const Seconds weight = price_.weight_gradient(op);
    const int boundary = entered_by(index);
    const Op* const entered =
        boundary >= 0 ? &ops_.ops[static_cast<std::size_t>(boundary)] : nullptr;
    const PricedExchange p = entered != nullptr ? exchange_at(*entered) : PricedExchange{};
    const int again =
        p.present && p.exchange.again_in_backward
            ? start(to, p.forward, p.exchange.group, sent_at(*entered, Pass::kForward))
            : -1;
    compute(to, price_.input_gradient(op), Cost::kGemm, price_.launches(op), -1, traits_of(op));
    const int scattered =
        p.present ? start(to, p.backward, p.exchange.group, sent_at(*entered, Pass::kBackward))
                  : -1;
    compute(to, weight, Cost::kGemm, price_.launches(op), again,
            static_cast<std::uint8_t>(traits_of(op) | kWeightGradient));
    weight_gradients_ += weight;
    if (scattered >= 0) wait(to, scattered);
    if (boundary >= 0) done_ = boundary;
  }

  void backward_attention(int index) {
    const Op& op = ops_.ops[static_cast<std::size_t>(index)];
    Side& to = backward_;
    PricedExchange ring;
    std::int16_t exchange = kSendsNothing;
    for (int i = index - 1; i >= 0 && !ring.present; --i) {
      const Op& before = ops_.ops[static_cast<std::size_t>(i)];
      if (before.kind != OpKind::kBoundary || before.boundary != Boundary::kKeyValue) continue;
      ring = exchange_at(before);
      exchange = sent_at(before, Pass::kBackward);
    }
    const int sent =
        ring.present ? start(to, ring.forward + ring.backward, ring.exchange.group, exchange) : -1;
    compute(to, price_.attention(op, Pass::kBackward), Cost::kAttention, {3.0, 3.0});
    if (sent >= 0) wait(to, sent);
  }

  void backward_boundary(int index) {
    const Op& op = ops_.ops[static_cast<std::size_t>(index)];
    if (index == done_ || op.boundary == Boundary::kKeyValue) return;
    const PricedExchange p = exchange_at(op);
    if (!p.present) return;
    if (p.exchange.group == Group::kTensor)
      tensor_exchange(backward_, p.backward, false, sent_at(op, Pass::kBackward));
    else
      block(backward_, p.backward, p.exchange.group, sent_at(op, Pass::kBackward));
  }

  LayerKind kind_;
  const Pricing& pricing_;
  const Plan& plan_;
  LayerPricer price_;
  OpList& ops_;
  Side forward_, backward_;
  Flops work_{};
  double share_ = 1.0;         ///< of the tasks being written, how much is done
  int now_ = 0;                ///< the operation being lowered
  bool now_captured_ = false;  ///< of it
  Seconds last_product_{};     ///< of the forward pass
  int ring_ = -1;              ///< key/value exchange running beside the coming attention
  int done_ = -1;              ///< boundary already played with its linear
  Seconds weight_gradients_{};
};

}  // namespace

void lower_layer(LayerKind kind, const Pricing& pricing, const Plan& plan,
                 LoweringWorkspace& workspace, LayerProgram& out) {
  out.forward.count = out.backward.count = 0;
  LayerLowering layer(kind, pricing, plan, workspace, out.forward, out.backward);
  layer.run();
  out.forward_host = layer.forward_host(), out.backward_host = layer.backward_host();
  out.weight_gradients = layer.weight_gradients();
  out.work = layer.work();
  out.interference = pricing.calibration.interference;
  out.ep_overlap_exposed = plan.ep_overlap ? pricing.stack->ep_overlap_exposed : 1.0;
  if (plan.zero >= 3) add_shard_exchange(kind, pricing, plan, layer.split(), out);
  out.memory = memory_of_layer(kind, layer.ops(), pricing, plan);
}

LayerSums sum_layer(LayerKind kind, const Pricing& pricing, const Plan& plan,
                    LoweringWorkspace& workspace) {
  KernelSum forward, backward;
  LayerLowering layer(kind, pricing, plan, workspace, forward, backward);
  layer.run();
  return {std::max(forward.kernels, layer.forward_host()),
          std::max(backward.kernels, layer.backward_host()), layer.weight_gradients()};
}

}  // namespace fleetcast
