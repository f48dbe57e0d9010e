#include <algorithm>
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

class LayerLowering {
 public:
  LayerLowering(LayerKind kind, const Pricing& pricing, const Plan& plan,
                LoweringWorkspace& workspace, LayerProgram& out)
      : kind_(kind),
        pricing_(pricing),
        plan_(plan),
        price_(pricing, plan, &workspace.products),
        ops_(workspace.ops),
        program_(out) {
    ops_.count = ops_.products = 0;
    emit_layer(kind, *pricing.job.model, price_.split(), ops_);
  }

  void run() {
    program_.forward.count = program_.backward.count = 0;
    program_.work = {};
    program_.interference = pricing_.calibration.interference;
    program_.ep_overlap_exposed = plan_.ep_overlap ? pricing_.stack->ep_overlap_exposed : 1.0;
    forward();
    backward();
    // What hides exchanges hides the launches behind them too.
    if (pricing_.exchanges_free && program_.ep_overlap_exposed < 1.0) forget_launches();
    program_.weight_gradients = weight_gradients_;
    if (plan_.zero >= 3) add_shard_exchange(kind_, pricing_, plan_, price_.split(), program_);
    program_.memory = memory_of_layer(kind_, ops_, pricing_, plan_);
  }

 private:
  void compute(TaskList& list, Seconds duration, Cost cost, Launches n, int after = -1,
               std::uint8_t traits = 0) {
    list.add({.duration = duration + pricing_.stack->gap_per_kernel * n.kernels,
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
  void block(TaskList& list, Seconds duration, Group group, std::int16_t exchange) {
    const int sent = start(list, duration, group, exchange);
    wait(list, sent);
  }

  int start(TaskList& list, Seconds duration, Group group, std::int16_t exchange) {
    return list.add({.duration = duration,
                     .cost = kCostOf[at(group)],
                     .stream = kStreamOf[at(group)],
                     .after = static_cast<std::int16_t>(list.last_on(Stream::kCompute)),
                     .exchange = exchange,
                     .host = host_time(1.0)});
  }

  /// Holds the compute stream until a collective has ended.
  void wait(TaskList& list, int task) { list.add({.after = static_cast<std::int16_t>(task)}); }

  /// Tensor-parallel collectives chunked under their GEMM: part stays visible, the rest slows it.
  void tensor_exchange(TaskList& list, Seconds duration, bool follows_product,
                       std::int16_t exchange) {
    if (!pricing_.stack->tp_overlap) return block(list, duration, Group::kTensor, exchange);
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
    block(list, duration * visible, Group::kTensor, exchange);
    slowed += duration * ((1.0 - visible) * fitted.interference);
    list.add({.duration = slowed, .cost = Cost::kInterference});
  }

  [[nodiscard]] bool scatters_in_chunks() const {
    const Precision& recipe = *pricing_.precision;
    return bits_of(recipe.gemm) >= 16.0 || (pricing_.stack->fp8_scatter && recipe.per_tensor());
  }

  void forward_op(TaskList& list, const Op& op, bool again) {
    const auto cost = [&](Cost usual) { return again ? Cost::kRecompute : usual; };
    begin(op);
    switch (op.kind) {
      case OpKind::kLinear:
      case OpKind::kGroupedLinear:
        last_product_ = price_.product(op, op.gemm, false) * (again ? product_share() : 1.0);
        compute(list, last_product_, cost(Cost::kGemm), price_.launches(op), -1, traits_of(op));
        if (!again) program_.work += op.gemm.work();
        break;
      case OpKind::kAttention:
        compute(list, price_.attention(op, Pass::kForward), cost(Cost::kAttention), {});
        if (!again) program_.work += op.attention.work();
        if (ring_ >= 0) wait(list, std::exchange(ring_, -1));
        break;
      case OpKind::kMemory:
        compute(list, price_.traffic(op.forward), cost(memory_cost(op)),
                {op.forward.kernels, op.forward.kernels});
        break;
      case OpKind::kBoundary: forward_boundary(list, op); break;
    }
  }

  void forward_boundary(TaskList& list, const Op& op) {
    if (op.boundary == Boundary::kDispatch && pricing_.stack->token_counts_on_host &&
        !now_captured_)
      list.add({.sync = true, .host = host_time(1.0)});
    const PricedExchange p = price_.exchange(op);
    if (!p.present) return;
    if (p.exchange.under_attention)
      ring_ = start(list, p.forward, p.exchange.group, sent_at(op, Pass::kForward));
    else if (p.exchange.group == Group::kTensor)
      tensor_exchange(list, p.forward, op.boundary == Boundary::kLeaveTensor,
                      sent_at(op, Pass::kForward));
    else
      block(list, p.forward, p.exchange.group, sent_at(op, Pass::kForward));
  }

  static Cost memory_cost(const Op& op) {
    return (op.modules & kQuantizeModule) != 0 ? Cost::kQuantize : Cost::kMemoryBound;
  }

  static Seconds host_of(const TaskList& list) {
    Seconds sum{};
    for (int i = 0; i < list.count; ++i) sum += list.tasks[static_cast<std::size_t>(i)].host;
    return sum;
  }

  void forward() {
    for (const Op& op : ops_) forward_op(program_.forward, op, false);
    program_.forward_host = host_of(program_.forward);
  }

  /// All but their sum.
  void forget_launches() {
    for (TaskList* list : {&program_.forward, &program_.backward})
      for (int i = 0; i < list->count; ++i) list->tasks[static_cast<std::size_t>(i)].host = {};
  }

  /// Of the matrix products, how many are recomputed.
  [[nodiscard]] double product_share() const { return plan_.recompute.every_other ? 0.5 : 1.0; }

  void recompute() {
    if (!is_transformer_layer(kind_)) return;
    TaskList& list = program_.backward;
    const int begin = list.count;
    for (const Op& op : ops_)
      if (is_recomputed(op, plan_.recompute)) forward_op(list, op, true);
    const double share = fully_recomputed_share(pricing_, plan_);
    for (int i = begin; i < list.count; ++i) {
      list.tasks[static_cast<std::size_t>(i)].duration *= share;
      list.tasks[static_cast<std::size_t>(i)].host *= share;
    }
  }

  void backward() {
    recompute();
    for (int i = ops_.count - 1; i >= 0; --i) backward_op(i);
    program_.backward_host = host_of(program_.backward);
  }

  void backward_op(int index) {
    const Op& op = ops_.ops[static_cast<std::size_t>(index)];
    TaskList& list = program_.backward;
    begin(op);
    switch (op.kind) {
      case OpKind::kLinear:
      case OpKind::kGroupedLinear: backward_linear(index); break;
      case OpKind::kAttention: backward_attention(index); break;
      case OpKind::kMemory:
        compute(list, price_.traffic(op.backward), memory_cost(op),
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
    TaskList& list = program_.backward;
    const Seconds weight = price_.weight_gradient(op);
    const int boundary = entered_by(index);
    const Op* const entered =
        boundary >= 0 ? &ops_.ops[static_cast<std::size_t>(boundary)] : nullptr;
    const PricedExchange p = entered != nullptr ? price_.exchange(*entered) : PricedExchange{};
    const int again =
        p.present && p.exchange.again_in_backward
            ? start(list, p.forward, p.exchange.group, sent_at(*entered, Pass::kForward))
            : -1;
    compute(list, price_.input_gradient(op), Cost::kGemm, price_.launches(op), -1, traits_of(op));
    const int scattered =
        p.present ? start(list, p.backward, p.exchange.group, sent_at(*entered, Pass::kBackward))
                  : -1;
    compute(list, weight, Cost::kGemm, price_.launches(op), again,
            static_cast<std::uint8_t>(traits_of(op) | kWeightGradient));
    weight_gradients_ += weight;
    if (scattered >= 0) wait(list, scattered);
    if (boundary >= 0) done_ = boundary;
  }

  void backward_attention(int index) {
    const Op& op = ops_.ops[static_cast<std::size_t>(index)];
    TaskList& list = program_.backward;
    PricedExchange ring;
    std::int16_t exchange = kSendsNothing;
    for (int i = index - 1; i >= 0 && !ring.present; --i) {
      const Op& before = ops_.ops[static_cast<std::size_t>(i)];
      if (before.kind != OpKind::kBoundary || before.boundary != Boundary::kKeyValue) continue;
      ring = price_.exchange(before);
      exchange = sent_at(before, Pass::kBackward);
    }
    const int sent = ring.present
                         ? start(list, ring.forward + ring.backward, ring.exchange.group, exchange)
                         : -1;
    compute(list, price_.attention(op, Pass::kBackward), Cost::kAttention, {3.0, 3.0});
    if (sent >= 0) wait(list, sent);
  }

  void backward_boundary(int index) {
    const Op& op = ops_.ops[static_cast<std::size_t>(index)];
    if (index == done_ || op.boundary == Boundary::kKeyValue) return;
    const PricedExchange p = price_.exchange(op);
    if (!p.present) return;
    if (p.exchange.group == Group::kTensor)
      tensor_exchange(program_.backward, p.backward, false, sent_at(op, Pass::kBackward));
    else
      block(program_.backward, p.backward, p.exchange.group, sent_at(op, Pass::kBackward));
  }

  LayerKind kind_;
  const Pricing& pricing_;
  const Plan& plan_;
  LayerPricer price_;
  OpList& ops_;
  LayerProgram& program_;
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
  LayerLowering(kind, pricing, plan, workspace, out).run();
}

}  // namespace fleetcast
