#include "models/parallel/dimension.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "models/workload/block.hpp"
#include "models/workload/precision.hpp"
#include "models/workload/stack.hpp"
#include "tests/catch.hpp"
#include "tests/models/workload/known_models.hpp"

namespace fleetcast {
namespace {

constexpr std::array kBoundaries{
    Boundary::kEnterTensor, Boundary::kLeaveTensor,       Boundary::kKeyValue,
    Boundary::kDispatch,    Boundary::kEnterExpertTensor, Boundary::kLeaveExpertTensor,
    Boundary::kCombine};

struct Refusal {
  std::string_view reason;
  double needed, available;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

Refusal refusal_of(const Transformer& model, const Plan& plan, double seq_len = 4096,
                   double global_batch = 0) {
  const Misfit m = misfit_of({&model, seq_len, global_batch}, plan);
  return m.fits() ? Refusal{"", 0, 0} : Refusal{m.reason->key, m.needed, m.available};
}

bool fits(const Transformer& model, const Plan& plan) {
  return misfit_of({&model, 4096, 0}, plan).fits();
}

Op boundary(Boundary place, Bytes payload) {
  Op op;
  op.kind = OpKind::kBoundary;
  op.boundary = place;
  op.payload = payload;
  return op;
}

/// What all dimensions together exchange there, and how many of them do.
struct Exchanged {
  int dimensions = 0;
  Exchange what;
};
Exchanged exchange_at(Boundary place, const Plan& plan, const Stack& stack = {},
                      const Precision& precision = kBf16) {
  const Transformer model = known::mixtral_8x7b();
  const Split split = split_of({&model, 4096, 0}, plan, precision, stack);
  Exchanged out;
  for (const Dimension* d : dimensions())
    out.dimensions +=
        d->exchange(boundary(place, Bytes{100}), model, plan, split, out.what) ? 1 : 0;
  return out;
}

/// Plans of up to `most` ranks a dimension that a model admits, with sequence parallelism.
std::vector<Plan> admitted(const Transformer& model, int most) {
  std::vector<Plan> out;
  for (int tp = 1; tp <= most; tp *= 2)
    for (int cp = 1; cp <= most; cp *= 2)
      for (int dp = 1; dp <= most; dp *= 2)
        for (int ep = 1; ep <= most; ep *= 2)
          for (int etp = 1; etp <= most; etp *= 2) {
            const Plan plan{.tp = tp, .cp = cp, .ep = ep, .etp = etp, .dp = dp};
            if (fits(model, plan)) out.push_back(plan);
          }
  return out;
}

constexpr std::array kKinds{LayerKind::kDense, LayerKind::kMoe, LayerKind::kEmbedding,
                            LayerKind::kLogits, LayerKind::kMtp};

/// Multiplications of a micro-batch through one layer, and bytes kept for its backward pass.
struct LayerTotals {
  double work = 0, saved = 0;
};
LayerTotals totals_of(LayerKind kind, const Transformer& model, const Split& split) {
  OpList ops;
  emit_layer(kind, model, split, ops);
  LayerTotals out;
  for (const Op& op : ops) {
    out.work += (op.gemm.work() + op.attention.work()).base();
    out.saved += op.saved.base();
  }
  return out;
}

}  // namespace

TEST_CASE("every dimension has a key, a meaning and a size of its own", "[parallel][contract]") {
  std::set<std::string_view> keys;
  for (const Dimension* d : dimensions()) {
    INFO(d->key);
    CHECK(keys.insert(d->key).second);
    CHECK_FALSE(d->meaning.empty());
    Plan plan;
    plan.*d->size = 2;
    for (const Dimension* other : dimensions()) CHECK(plan.*other->size == (other == d ? 2 : 1));
  }
}

TEST_CASE("one GPU is admitted, shares nothing and talks to nobody", "[parallel][contract]") {
  for (const Transformer& model : {known::toy(), known::llama31_405b(), known::deepseek_v3()})
    CHECK(fits(model, {}));
  for (const Boundary place : kBoundaries) CHECK(exchange_at(place, {}).dimensions == 0);
  const Holding h = holding_of({});
  CHECK(h.weights * h.gradients * h.optimizer == 1);
  CHECK(h.expert_weights * h.expert_gradients * h.expert_optimizer == 1);
}

TEST_CASE("where ranks meet, one dimension exchanges", "[parallel][contract]") {
  const Plan plan{.tp = 2, .cp = 2, .pp = 2, .ep = 2, .etp = 2, .dp = 2};
  for (const Boundary place : kBoundaries) CHECK(exchange_at(place, plan).dimensions == 1);
}

TEST_CASE("sharding by any admitted plan conserves work and activations", "[parallel][contract]") {
  const Stack stack;
  for (const Transformer& m : {known::llama3_8b(), known::gpt(4, 64, 8, 128, 0),
                               known::mixtral_8x7b(), known::deepseek_v3()}) {
    const std::vector<Plan> plans = admitted(m, 8);
    REQUIRE(plans.size() > 60);
    for (const LayerKind kind : kKinds) {
      if (kind == LayerKind::kMtp && m.mtp_layers == 0) continue;
      if (kind == LayerKind::kMoe && !m.is_moe()) continue;
      const LayerTotals whole = totals_of(kind, m, split_of({&m, 4096, 0}, {}, kBf16, stack));
      double worst_work = 0, worst_saved = 0;
      for (const Plan& plan : plans) {
        const double ranks = plan.tp * plan.cp;  // that share one micro-batch
        const LayerTotals rank = totals_of(kind, m, split_of({&m, 4096, 0}, plan, kBf16, stack));
        worst_work = std::max(worst_work, std::abs(rank.work * ranks - whole.work));
        // Ranks of one expert each keep the tokens they gathered.
        if (plan.etp == 1)
          worst_saved = std::max(worst_saved, std::abs(rank.saved * ranks - whole.saved));
      }
      INFO("layer kind " << static_cast<int>(kind) << " of " << m.hidden << " wide");
      CHECK(worst_work <= 1e-12 * whole.work);
      CHECK(worst_saved <= 1e-12 * whole.saved);
    }
  }
}

TEST_CASE("without sequence parallelism every tensor rank routes every token", "[parallel]") {
  const Stack stack;
  const Transformer m = known::mixtral_8x7b();
  const Plan plan{.tp = 4, .sequence_parallel = false};
  const auto up = [&](const Plan& p) {
    OpList ops;
    kMoeBlock.emit(m, split_of({&m, 4096, 0}, p, kBf16, stack), ops);
    const Op* found =
        std::find_if(ops.begin(), ops.end(), [](const Op& op) { return op.name == "expert up"; });
    return found->gemm.work();
  };
  CHECK(up(plan) == up({}));
}

TEST_CASE("each dimension says why it refuses, with both numbers", "[parallel]") {
  const Transformer llama = known::llama3_8b();  // 32 heads, 8 key/value heads, 14336, 32 layers
  const Transformer mixtral = known::mixtral_8x7b();
  CHECK(refusal_of(llama, {.tp = 64}) == Refusal{"tp_heads", 64, 32});
  CHECK(refusal_of(known::llama(2, 48, 48, 12, 4, 10), {.tp = 6}) == Refusal{"tp_kv_heads", 6, 4});
  CHECK(refusal_of(known::llama(2, 32, 50, 8, 8, 10), {.tp = 4}) == Refusal{"tp_width", 4, 50});
  CHECK(refusal_of(llama, {.cp = 3}) == Refusal{"cp_length", 6, 4096});
  CHECK(refusal_of(llama, {.ep = 2, .dp = 2}) == Refusal{"ep_dense", 2, 0});
  CHECK(refusal_of(mixtral, {.ep = 3, .dp = 3}) == Refusal{"ep_experts", 3, 8});
  CHECK(refusal_of(mixtral, {.ep = 8, .dp = 4}) == Refusal{"ep_ranks", 8, 4});
  CHECK(refusal_of(llama, {.etp = 2, .dp = 2}) == Refusal{"etp_dense", 2, 0});
  CHECK(refusal_of(mixtral, {.etp = 3, .dp = 3}) == Refusal{"etp_width", 3, 14336});
  CHECK(refusal_of(llama, {.pp = 1, .vp = 2}) == Refusal{"vp_without_pp", 2, 1});
  CHECK(refusal_of(llama, {.pp = 5, .vp = 7}) == Refusal{"pp_layers", 35, 32});
  CHECK(refusal_of(llama, {.dp = 3, .micro_batch = 2}, 4096, 32) == Refusal{"dp_batch", 6, 32});
}

TEST_CASE("what just fits is admitted", "[parallel]") {
  const Transformer llama = known::llama3_8b();
  const Transformer mixtral = known::mixtral_8x7b();
  CHECK(fits(llama, {.tp = 32}));  // four ranks hold a copy of one key/value head
  CHECK(fits(llama, {.cp = 2048}));
  CHECK(fits(llama, {.pp = 17, .vp = 2}));  // 34: embedding and logits may stand alone
  CHECK(fits(mixtral, {.ep = 8, .dp = 8}));
  CHECK(fits(mixtral, {.tp = 2, .cp = 2, .ep = 4, .etp = 2, .dp = 2}));
  CHECK(refusal_of(llama, {.dp = 4, .micro_batch = 2}, 4096, 32) == Refusal{"", 0, 0});
}

TEST_CASE("sequence parallelism gathers a layer's input and scatters its output", "[parallel]") {
  const auto [count, enter] = exchange_at(Boundary::kEnterTensor, {.tp = 4});
  CHECK(enter.group == Group::kTensor);
  CHECK(enter.forward == CollectiveOp::kAllGather);
  CHECK(enter.backward == CollectiveOp::kReduceScatter);
  CHECK(enter.forward_payload == Bytes{100});
  CHECK(enter.backward_payload == Bytes{100});
  CHECK(enter.again_in_backward);
  const Exchange leave = exchange_at(Boundary::kLeaveTensor, {.tp = 4}).what;
  CHECK(leave.forward == CollectiveOp::kReduceScatter);
  CHECK(leave.backward == CollectiveOp::kAllGather);
  CHECK_FALSE(leave.again_in_backward);
}

TEST_CASE("without sequence parallelism one direction sums and the other is free", "[parallel]") {
  const Plan plan{.tp = 4, .sequence_parallel = false};
  const Exchange enter = exchange_at(Boundary::kEnterTensor, plan).what;
  CHECK(enter.backward == CollectiveOp::kAllReduce);
  CHECK(enter.forward_payload == Bytes{0});
  CHECK(enter.backward_payload == Bytes{100});
  const Exchange leave = exchange_at(Boundary::kLeaveTensor, plan).what;
  CHECK(leave.forward == CollectiveOp::kAllReduce);
  CHECK(leave.forward_payload == Bytes{100});
  CHECK(leave.backward_payload == Bytes{0});
}

TEST_CASE("an 8-bit recipe gathers at half the bytes and sums in 16 bits", "[parallel]") {
  const Precision& fp8 = *find_precision("fp8-delayed");
  const Exchange enter = exchange_at(Boundary::kEnterTensor, {.tp = 4}, {}, fp8).what;
  CHECK(enter.forward_payload == Bytes{50});
  CHECK(enter.backward_payload == Bytes{100});
  const Exchange leave = exchange_at(Boundary::kLeaveTensor, {.tp = 4}, {}, fp8).what;
  CHECK(leave.forward_payload == Bytes{100});
  CHECK(leave.backward_payload == Bytes{50});
}

TEST_CASE("keys and values of all context ranks travel beside the attention", "[parallel]") {
  const Exchange ring = exchange_at(Boundary::kKeyValue, {.cp = 4}).what;
  CHECK(ring.group == Group::kContext);
  CHECK(ring.forward_payload == Bytes{400});
  CHECK(ring.backward_payload == Bytes{400});
  CHECK(ring.under_attention);
}

TEST_CASE("tokens go to experts and back, a copy each or one a domain", "[parallel]") {
  const Plan plan{.ep = 8, .dp = 8};
  for (const Boundary place : {Boundary::kDispatch, Boundary::kCombine}) {
    const Exchange plain = exchange_at(place, plan, Stack{.dispatcher = "alltoall"}).what;
    CHECK(plain.group == Group::kExpert);
    CHECK(plain.forward == CollectiveOp::kAllToAll);
    CHECK(plain.forward_payload == Bytes{100});
    CHECK(plain.copies == 1);
    CHECK(exchange_at(place, plan, Stack{.dispatcher = "deepep"}).what.copies == 2);  // top 2
  }
}

TEST_CASE("ZeRO divides optimizer, then gradients, then weights", "[parallel]") {
  Plan plan{.tp = 2, .cp = 2, .ep = 4, .dp = 8};  // 16 share dense states, 8 an expert's
  const auto held = [&](int zero) {
    plan.zero = zero;
    const Holding h = holding_of(plan);
    return std::array{h.optimizer,        h.gradients,        h.weights,
                      h.expert_optimizer, h.expert_gradients, h.expert_weights};
  };
  CHECK(held(0) == std::array{1.0, 1.0, 1.0, 1.0, 1.0, 1.0});
  CHECK(held(1) == std::array{16.0, 1.0, 1.0, 8.0, 1.0, 1.0});
  CHECK(held(2) == std::array{16.0, 16.0, 1.0, 8.0, 8.0, 1.0});
  CHECK(held(3) == std::array{16.0, 16.0, 16.0, 8.0, 8.0, 8.0});
  plan.shard_group = 4;  // hybrid sharding: a copy for each four ranks
  CHECK(held(3) == std::array{4.0, 4.0, 4.0, 4.0, 4.0, 4.0});
}

}  // namespace fleetcast
