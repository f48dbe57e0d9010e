#include "models/workload/block.hpp"

#include <set>
#include <string_view>

#include "models/workload/precision.hpp"
#include "models/workload/stack.hpp"
#include "tests/catch.hpp"
#include "tests/models/workload/known_models.hpp"

namespace fleetcast {
namespace {

/// Whole layers on one rank, in bfloat16.
Split whole(double micro_batch, double seq_len, const Stack& stack) {
  Split split;
  split.micro_batch = micro_batch;
  split.seq_len = seq_len;
  split.precision = &kBf16;
  split.stack = &stack;
  return split;
}

OpList ops_of(LayerKind kind, const Transformer& model, const Split& split) {
  OpList out;
  emit_layer(kind, model, split, out);
  return out;
}

Flops matrix_work(const OpList& ops) {
  Flops sum{};
  for (const Op& op : ops) sum += op.gemm.work() + op.attention.work();
  return sum;
}

double saved(const OpList& ops) {
  Bytes sum{};
  for (const Op& op : ops) sum += op.saved + op.saved_inside;
  return sum.base();
}

const Op& op_named(const OpList& ops, std::string_view name) {
  for (const Op& op : ops)
    if (op.name == name) return op;
  FAIL("no op is named " << name);
  return *ops.begin();
}

/// What all layers of a model multiply for one micro-batch, forward.
Flops model_work(const Transformer& m, const Split& split) {
  const auto work = [&](LayerKind kind) { return matrix_work(ops_of(kind, m, split)); };
  Flops sum = m.dense_layers() * work(LayerKind::kDense) + work(LayerKind::kEmbedding) +
              (1 + m.mtp_layers) * work(LayerKind::kLogits);
  if (m.is_moe()) sum += (m.moe_layers() + m.mtp_layers) * work(LayerKind::kMoe);
  if (m.mtp_layers > 0) sum += m.mtp_layers * work(LayerKind::kMtp);
  return sum;
}

}  // namespace

TEST_CASE("every block has a key of its own and fills no list to the brim",
          "[workload][contract]") {
  const Stack unfused{.fused_kernels = false, .fused_permute = false};
  Split split = whole(1, 4096, unfused);
  split.precision = find_precision("nvfp4");  // a cast before each linear
  std::set<std::string_view> keys;
  for (const Block* block : blocks()) {
    INFO(block->key);
    CHECK(keys.insert(block->key).second);
    OpList out;
    block->emit(known::deepseek_v3(), split, out);
    CHECK(out.count > 0);
    CHECK(out.count < OpList::kCapacity / 2);  // a layer is two blocks
  }
}

TEST_CASE("every block's operations are named, moved and sized", "[workload][contract]") {
  const Stack stack;
  for (const Block* block : blocks()) {
    OpList out;
    block->emit(known::deepseek_v3(), whole(1, 4096, stack), out);
    for (const Op& op : out) {
      INFO(block->key << ": " << op.name);
      CHECK_FALSE(op.name.empty());
      CHECK(op.saved >= Bytes{});
      const bool linear = op.kind == OpKind::kLinear || op.kind == OpKind::kGroupedLinear;
      CHECK((op.gemm.work() > Flops{}) == linear);
      CHECK((op.attention.work() > Flops{}) == (op.kind == OpKind::kAttention));
      CHECK((op.forward.bytes > Bytes{}) == (op.kind == OpKind::kMemory));
      CHECK((op.backward.bytes > Bytes{}) == (op.kind == OpKind::kMemory));
      CHECK((op.payload > Bytes{}) == (op.kind == OpKind::kBoundary));
    }
  }
}

TEST_CASE("forward and backward of all blocks are the training FLOPs of the model",
          "[workload][contract]") {
  const Stack stack;
  Transformer windowed = known::toy();
  windowed.sliding_window = 16;
  windowed.sliding_window_every = 2;
  for (const Transformer& m : {known::toy(), windowed, known::llama3_70b(), known::gpt3_175b(),
                               known::mixtral_8x7b(), known::deepseek_v3()}) {
    const double tokens = 2 * 2048;
    const Flops formula = tokens * training_flops_per_token(m, 2048, {});
    CHECK(3.0 * model_work(m, whole(2, 2048, stack)) / formula == Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("the GEMMs of a dense layer have the sizes of its weights", "[workload]") {
  const Stack stack;
  const OpList ops = ops_of(LayerKind::kDense, known::toy(), whole(1, 3, stack));
  const auto shape = [&](std::string_view name) {
    const GemmShape g = op_named(ops, name).gemm;
    return std::array{g.m, g.n, g.k, g.groups};
  };
  CHECK(shape("qkv") == std::array{3.0, 4.0 + 2 * 2.0, 4.0, 1.0});
  CHECK(shape("projection") == std::array{3.0, 4.0, 4.0, 1.0});
  CHECK(shape("mlp up") == std::array{3.0, 2 * 8.0, 4.0, 1.0});  // gate and up in one
  CHECK(shape("mlp down") == std::array{3.0, 4.0, 8.0, 1.0});
}

TEST_CASE("a gated activation keeps both of its inputs", "[workload]") {
  const Stack stack;
  const OpList ops = ops_of(LayerKind::kDense, known::toy(), whole(1, 3, stack));
  CHECK(op_named(ops, "activation").saved == Bytes{2 * 3 * (8 + 8.0)});
  CHECK(op_named(ops, "mlp down").saved == Bytes{2 * 3 * 8.0});
}

TEST_CASE("each expert gets its share of the routed tokens", "[workload]") {
  const Stack stack;
  Transformer m = known::mixtral(known::toy());
  Split split = whole(1, 64, stack);
  split.expert_shards = 4;
  split.expert_tensor_shards = 2;
  const GemmShape up = op_named(ops_of(LayerKind::kMoe, m, split), "expert up").gemm;
  // 64 tokens go to 2 experts each, gathered from 2 ranks, spread over 2 experts a rank.
  CHECK(up.groups == 2);
  CHECK(up.m == 64.0 * 2 * 2 / 2);
  CHECK(up.n == 2 * 8.0 / 2);
  CHECK(up.k == 4);
}

TEST_CASE("fewer key/value heads than tensor ranks are copied, not cut", "[workload]") {
  const Stack stack;
  Transformer m = known::llama(1, 64, 64, 16, 2, 10);
  Split split = whole(1, 8, stack);
  split.tensor_shards = split.norm_shards = 4;
  const OpList ops = ops_of(LayerKind::kDense, m, split);
  CHECK(op_named(ops, "core attention").attention.kv_heads == 1);
  CHECK(op_named(ops, "qkv").gemm.n == 4 * (4 + 2.0));  // four query heads, one K, one V
}

// Korthikanti et al. 2022, arXiv:2205.05198: a layer keeps s b h (34 + 5 a s / h) bytes.
TEST_CASE("a GPT layer with dropout keeps Korthikanti's activations", "[workload]") {
  const Stack unfused{.attention = "unfused", .dropout = true};
  const double b = 4, s = 2048, h = 6144, a = 64, t = 8;
  const Transformer m = known::gpt(2, h, a, 51200, s);
  Split split = whole(b, s, unfused);
  CHECK(saved(ops_of(LayerKind::kDense, m, split)) == 34 * s * b * h + 5 * a * s * s * b);

  split.tensor_shards = t;  // their equation 2
  CHECK(saved(ops_of(LayerKind::kDense, m, split)) ==
        s * b * h * (10 + 24 / t) + 5 * a * s * s * b / t);

  split.norm_shards = t;  // sequence parallel, their equation 4
  CHECK(saved(ops_of(LayerKind::kDense, m, split)) == (34 * s * b * h + 5 * a * s * s * b) / t);
}

TEST_CASE("without dropout only the softmax of the scores is kept", "[workload]") {
  const Stack unfused{.attention = "unfused"};
  const double s = 2048, h = 6144, a = 64;
  const Transformer m = known::gpt(2, h, a, 51200, s);
  CHECK(saved(ops_of(LayerKind::kDense, m, whole(1, s, unfused))) == 32 * s * h + 2 * a * s * s);
}

TEST_CASE("flash attention keeps no scores", "[workload]") {
  const Stack flash;
  const double b = 1, s = 2048, h = 6144;
  const Transformer m = known::gpt(2, h, 64, 51200, s);
  CHECK(saved(ops_of(LayerKind::kDense, m, whole(b, s, flash))) == 32 * s * b * h);
}

TEST_CASE("scores are kept inside the core of attention, which recomputing it forgets",
          "[workload]") {
  const Stack unfused{.attention = "unfused", .dropout = true};
  const double s = 2048, h = 6144, a = 64;
  const OpList ops = ops_of(LayerKind::kDense, known::gpt(2, h, a, 51200, s), whole(1, s, unfused));
  const Op& core = op_named(ops, "core attention");
  CHECK((core.modules & kCoreAttention) != 0);
  CHECK(core.saved == Bytes{6 * s * h});  // queries, keys and values: made again from, so kept
  CHECK(core.saved_inside == Bytes{5 * a * s * s});
}

TEST_CASE("a cast goes before each low-precision linear, and a narrow copy is kept", "[workload]") {
  const Stack stack;
  Split split = whole(1, 64, stack);
  split.precision = find_precision("mxfp8");
  const double bytes = split.precision->quantize_bytes;
  const OpList ops = ops_of(LayerKind::kDense, known::toy(), split);
  CHECK(op_named(ops, "mlp down").saved == Bytes{64 * 8.0 * 1.03});
  const Op* before = nullptr;
  int casts = 0;
  for (const Op& op : ops) {
    if (op.kind == OpKind::kLinear) {
      REQUIRE(before != nullptr);
      CHECK(before->forward.kind == MemoryKind::kQuantize);
      CHECK(before->forward.bytes.base() == Approx(bytes * op.gemm.m * op.gemm.k));
      CHECK(before->backward.bytes.base() == Approx(bytes * op.gemm.m * op.gemm.n));
      ++casts;
    }
    before = &op;
  }
  CHECK(casts == 4);
}

/// Forward and backward traffic of the cast before a linear, bytes an element.
std::pair<double, double> cast_before(const OpList& ops, std::string_view linear) {
  for (int i = 1; i < ops.count; ++i) {
    const Op& op = ops.ops[static_cast<std::size_t>(i)];
    const Op& cast = ops.ops[static_cast<std::size_t>(i - 1)];
    if (op.name == linear)
      return {cast.forward.bytes.base() / (op.gemm.m * op.gemm.k),
              cast.backward.bytes.base() / (op.gemm.m * op.gemm.n)};
  }
  FAIL("no linear is named " << linear);
  return {};
}

TEST_CASE("a norm that knows the scale casts what it writes; the rest is a transpose",
          "[workload]") {
  const Stack stack;
  Split split = whole(1, 64, stack);
  const auto norm = [&](const char* recipe) {
    split.precision = find_precision(recipe);
    const OpList ops = ops_of(LayerKind::kDense, known::toy(), split);
    return std::pair{op_named(ops, "mlp norm").forward.bytes, cast_before(ops, "mlp up")};
  };
  const double elements = 64 * known::toy().hidden;
  // Reads 2 bytes, writes 1 instead of 2; then one is read and written the other way round.
  CHECK(norm("fp8-delayed") == std::pair{Bytes{3 * elements}, std::pair{2.0, 4.0}});
  CHECK(norm("fp8-current") == std::pair{Bytes{4 * elements}, std::pair{6.0, 6.0}});
  split.any_layout = true;  // no transposes
  CHECK(norm("fp8-delayed") == std::pair{Bytes{3 * elements}, std::pair{0.0, 3.0}});
  CHECK(norm("fp8-current") == std::pair{Bytes{4 * elements}, std::pair{5.0, 5.0}});
}

TEST_CASE("ranks cast their shards before a gather in fp8, and transpose what arrives",
          "[workload]") {
  const Stack stack;
  Split split = whole(1, 64, stack);
  split.tensor_shards = split.norm_shards = 4;
  split.precision = find_precision("fp8-current");
  const OpList ops = ops_of(LayerKind::kDense, known::toy(), split);
  // Two reads and a write of a quarter, read and write of the whole.
  CHECK(cast_before(ops, "mlp up") == std::pair{5.0 / 4 + 2, 6.0});
  CHECK(cast_before(ops, "mlp down") == std::pair{6.0, 5.0 / 4 + 2});
}

TEST_CASE("a loss fused with its gradient moves 10 bytes a logit, another 18", "[workload]") {
  Stack stack;
  const auto moved = [&] {
    const Split split = whole(1, 64, stack);
    const OpList ops = ops_of(LayerKind::kLogits, known::toy(), split);
    const Op& loss = op_named(ops, "cross-entropy");
    return (loss.forward.bytes + loss.backward.bytes) / Bytes{64 * known::toy().vocab};
  };
  CHECK(moved() == Approx(18));
  stack.fused_loss = true;
  CHECK(moved() == Approx(10));
}

TEST_CASE("all wait for the rank whose experts get most tokens", "[workload]") {
  Stack stack;
  stack.expert_imbalance = 1.5;
  const Transformer m = known::mixtral(known::toy());
  Split split = whole(1, 64, stack);
  split.expert_shards = 8;
  const OpList ops = ops_of(LayerKind::kMoe, m, split);
  CHECK(op_named(ops, "expert up").gemm.m == 1.5 * 64 * 2);
  CHECK(op_named(ops, "permute").forward.bytes == Bytes{4.0 * 64 * 2 * 4});  // of all alike
}

TEST_CASE("a loop over experts casts each one's tokens, fused kernels cast half of them on the way",
          "[workload]") {
  Stack stack;
  const Transformer m = known::mixtral(known::toy());
  Split split = whole(1, 64, stack);
  split.precision = find_precision("mxfp8");
  split.expert_shards = 4;
  struct Work {
    double kernels = 0, bytes = 0;
  };
  const auto of_experts = [&](MemoryKind kind) {
    Work sum;
    bool experts = false;
    for (const Op& op : ops_of(LayerKind::kMoe, m, split)) {
      experts = experts || op.name == "sort by expert";
      if (!experts || op.kind != OpKind::kMemory || op.forward.kind != kind) continue;
      sum.kernels += op.forward.kernels;
      sum.bytes += op.forward.bytes.base();
    }
    return sum;
  };
  const double each = split.precision->quantize_kernels;
  const double rows = 64.0 * 2, per = split.precision->quantize_bytes;
  CHECK(of_experts(MemoryKind::kQuantize).kernels == 2 * each);
  stack.grouped_gemm = false;
  CHECK(of_experts(MemoryKind::kQuantize).kernels == 2 * each * 2);
  CHECK(of_experts(MemoryKind::kQuantize).bytes == Approx(per * rows * (4 + 8)));
  stack.fused_experts = true;
  CHECK(of_experts(MemoryKind::kQuantize).kernels == each);
  CHECK(of_experts(MemoryKind::kQuantize).bytes == Approx(per * rows * 4));
  CHECK(of_experts(MemoryKind::kActivation).kernels == 0);
  split.precision = find_precision("fp8-current");
  CHECK(of_experts(MemoryKind::kActivation).kernels == 1);
}

TEST_CASE("logits and the router stay in bfloat16", "[workload]") {
  const Stack stack;
  Split split = whole(1, 64, stack);
  split.precision = find_precision("nvfp4");
  const Transformer m = known::mixtral(known::toy());
  CHECK_FALSE(op_named(ops_of(LayerKind::kLogits, m, split), "logits").low_precision);
  CHECK_FALSE(op_named(ops_of(LayerKind::kMoe, m, split), "router").low_precision);
  CHECK(op_named(ops_of(LayerKind::kMoe, m, split), "expert up").low_precision);
}

TEST_CASE("logits keep their input, its norm's, themselves and an fp32 softmax", "[workload]") {
  const Stack stack;
  CHECK(saved(ops_of(LayerKind::kLogits, known::toy(), whole(1, 3, stack))) ==
        3 * (2 * 4 + 2 * 4 + (2 + 4) * 10));
  const Stack eager{.loss_bytes = 14, .loss_bytes_tp = 18};
  CHECK(saved(ops_of(LayerKind::kLogits, known::toy(), whole(1, 3, eager))) ==
        3 * (2 * 4 + 2 * 4 + 14 * 10));
  Split shared = whole(1, 3, eager);
  shared.tensor_shards = 2;
  CHECK(saved(ops_of(LayerKind::kLogits, known::toy(), shared)) ==
        3 * (2 * 4 + 2 * 4 + 18 * 10 / 2));
}

TEST_CASE("every other product's output is query, value, gate and down of a gated layer",
          "[workload]") {
  const Stack stack;
  const OpList ops = ops_of(LayerKind::kDense, known::toy(), whole(1, 3, stack));
  CHECK(op_named(ops, "qkv").output == Bytes{2 * 3 * (4 + 2.0)});  // of queries, keys and values
  CHECK(op_named(ops, "core attention").output == Bytes{2 * 3 * 4.0});
  CHECK(op_named(ops, "projection").output == Bytes{});
  CHECK(op_named(ops, "mlp up").output == Bytes{2 * 3 * 8.0});
  CHECK(op_named(ops, "mlp down").output == Bytes{2 * 3 * 4.0});
  CHECK(op_named(ops, "mlp down").unread);
}

TEST_CASE("the weights of all ranks are the weights of the layer", "[workload][contract]") {
  const Transformer m = known::deepseek_v3();
  const ParameterCount count = count_parameters(m);
  Split split;
  split.tensor_shards = 4;
  split.expert_shards = 32;
  split.expert_tensor_shards = 2;
  // Down projections of latent attention and the router lie whole on each of the four.
  const double whole = 7168.0 * (1536 + 512 + 64), router = 7168.0 * 256;
  const RankParameters dense = rank_parameters(LayerKind::kDense, m, count, split);
  CHECK(dense.dense * 4 == count.attention_layer + count.dense_mlp + 3 * whole);
  CHECK(dense.expert == 0);
  const RankParameters moe = rank_parameters(LayerKind::kMoe, m, count, split);
  CHECK(moe.dense * 4 == count.attention_layer + count.router + 3 * (whole + router));
  CHECK(moe.expert * 64 == 256 * count.expert);
  CHECK(rank_parameters(LayerKind::kEmbedding, m, count, split).dense * 4 == count.embedding);
  CHECK(rank_parameters(LayerKind::kLogits, m, count, split).dense * 4 == count.output);
}

}  // namespace fleetcast
