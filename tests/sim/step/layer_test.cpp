// One layer, lowered: what it computes, exchanges, keeps and does again.

#include <algorithm>
#include <array>

#include "sim/engine/analytic.hpp"
#include "tests/catch.hpp"
#include "tests/models/workload/known_models.hpp"
#include "tests/sim/toy_system.hpp"

namespace fleetcast {
namespace {

using toy::sum_of;
using toy::World;

constexpr double kForward = toy::kLinears + toy::kScores;

Plan recomputing(const char* name) {
  Plan plan = toy::plan();
  plan.recompute = find_recompute(name)->value;
  return plan;
}

Seconds backward_of(const World& world, const Plan& plan) {
  return play_layer(world.lowered(plan)).backward;
}

Bytes saved(const World& world, const Plan& plan) { return world.lowered(plan).memory.saved; }

/// FLOPs of a micro-batch's forward pass, all layers and ranks.
double executed(const Transformer& model, const Plan& plan, double seq_len) {
  const World world{model, seq_len};
  const double dense = model.dense_layers(), moe = model.moe_layers(), mtp = model.mtp_layers;
  const auto work = [&](LayerKind kind, double count) {
    return count > 0 ? count * world.lowered(plan, kind).work.base() : 0.0;
  };
  const double rank = work(LayerKind::kDense, dense + (model.is_moe() ? 0 : mtp)) +
                      work(LayerKind::kMoe, moe + (model.is_moe() ? mtp : 0)) +
                      work(LayerKind::kMtp, mtp) + work(LayerKind::kEmbedding, 1) +
                      work(LayerKind::kLogits, 1 + mtp);
  return rank * plan.tp * plan.cp;
}

TEST_CASE(
    "a layer on 1 FLOP/s takes as many seconds as it has FLOPs, and 2 or 2.5 times as many back",
    "[step]") {
  const World world;
  const LayerTimes times = play_layer(world.lowered(toy::plan()));
  CHECK(times.forward.base() == Approx(kForward));
  CHECK(times.backward.base() == Approx(2.0 * toy::kLinears + 2.5 * toy::kScores));
  CHECK(times.weight_gradients.base() == Approx(toy::kLinears));
  CHECK(times.forward_parts[Cost::kAttention].base() == Approx(toy::kScores));
  CHECK(times.forward_parts[Cost::kGemm].base() == Approx(toy::kLinears));
  CHECK(world.lowered(toy::plan()).work == Flops{kForward});
}

TEST_CASE("all ranks together execute the model's FLOPs, however they divide it",
          "[step][contract]") {
  for (const Transformer& model :
       {known::llama3_8b(), known::gpt3_175b(), known::mixtral_8x7b(), known::deepseek_v3()}) {
    const double seq_len = 4096;
    const double whole = training_flops_per_token(model, seq_len, {}).base() / 3.0;
    for (const int tp : {1, 2, 8})
      for (const int cp : {1, 4})
        for (const int ep : {1, 4})
          for (const int micro_batch : {1, 2}) {
            Plan plan{.tp = tp, .cp = cp, .ep = model.is_moe() ? ep : 1, .dp = 4};
            plan.micro_batch = micro_batch;
            INFO(model.hidden << " wide, tp " << tp << " cp " << cp << " ep " << plan.ep);
            CHECK(executed(model, plan, seq_len) == Approx(whole * seq_len * micro_batch));
          }
  }
}

TEST_CASE("tensor ranks add the exchange at a layer's boundaries and nothing else", "[step]") {
  const World world;
  Plan two = toy::plan();
  two.tp = 2;
  const LayerProgram split = world.lowered(two);
  // Activations of 128 x 128 x 2 bytes enter and leave attention and MLP: each time half goes over
  // a link of 1 B/s. Backward: as many, and the inputs of both once more.
  const double half = 0.5 * 128 * 128 * 2;
  CHECK(sum_of(split.forward, Stream::kTensor).base() == Approx(4 * half));
  CHECK(sum_of(split.backward, Stream::kTensor).base() == Approx(6 * half));
  CHECK(sum_of(split.forward, Stream::kCompute).base() == Approx(0.5 * kForward));
  CHECK(play_layer(split).forward.base() == Approx(0.5 * kForward + 4 * half));
  CHECK(sum_of(world.lowered(toy::plan()).forward, Stream::kTensor) == Seconds{});
}

TEST_CASE("a ring of context ranks runs beside attention and hides there", "[step]") {
  World world;
  Plan two = toy::plan();
  two.cp = 2;
  const LayerProgram ring = world.lowered(two);
  // The other half's keys and values: 64 tokens x 2 x 128 wide x 2 bytes.
  const double other_half = 64.0 * 2 * 128 * 2;
  CHECK(sum_of(ring.forward, Stream::kContext).base() == Approx(other_half));
  CHECK(sum_of(ring.backward, Stream::kContext).base() == Approx(2 * other_half));
  CHECK(sum_of(ring.forward, Stream::kCompute).base() == Approx(0.5 * kForward));
  REQUIRE(other_half < 0.5 * toy::kScores);
  CHECK(play_layer(ring).forward.base() == Approx(0.5 * kForward));
  world.hardware = toy::system(toy::gpu(), BytesPerSecond{0.01});
  CHECK(play_layer(world.lowered(two)).forward_parts[Cost::kContextComm].base() ==
        Approx(100 * other_half - 0.5 * toy::kScores));
}

TEST_CASE("tokens of experts cross to the other rank and back", "[step]") {
  Transformer moe = toy::model();
  moe.experts = 2;
  moe.top_k = 1;
  moe.moe_ffn_hidden = 512;
  const World world{moe};
  Plan two = toy::plan();
  two.ep = two.dp = 2;
  const LayerProgram program = world.lowered(two, LayerKind::kMoe);
  // Half of 128 tokens x 128 wide x 2 bytes, there and back.
  CHECK(sum_of(program.forward, Stream::kExpert).base() == Approx(2 * 0.5 * 128 * 128 * 2));
  CHECK(sum_of(program.backward, Stream::kExpert).base() == Approx(2 * 0.5 * 128 * 128 * 2));
}

TEST_CASE("gathers under GEMMs show their stated share, sums their last quarter", "[step]") {
  World world;
  Plan two = toy::plan();
  two.tp = 2;
  const double gathers = 2 * 0.5 * 128 * 128 * 2,
               sums = gathers;  // into attention and MLP, and out
  world.software.tp_overlap = true;
  world.software.scatter_sms = 16;
  world.pricing.calibration.tensor_exposed = 0.5;
  const LayerTimes free = play_layer(world.lowered(two));
  const double visible = 0.5 * gathers + 0.25 * sums;
  CHECK(free.forward_parts[Cost::kTensorComm].base() == Approx(visible));
  // The GEMMs before the sums give up an eighth of so small a chip.
  const double slowed = 0.5 * (toy::kProjection + toy::kDown) / 7;
  CHECK(free.forward_parts[Cost::kInterference].base() == Approx(slowed));
  CHECK(free.forward.base() == Approx(0.5 * kForward + visible + slowed));
  world.pricing.calibration.interference = 0.1;
  const double hidden = 0.5 * gathers + 0.75 * sums;
  CHECK(play_layer(world.lowered(two)).forward_parts[Cost::kInterference].base() ==
        Approx(slowed + 0.1 * hidden));
}

TEST_CASE("sums in fp8 are half as long where a tensor has one scale, and only there", "[step]") {
  World world;
  Gpu gpu = toy::gpu();
  gpu.peak.fp8 = gpu.peak.bf16;
  world.hardware = toy::system(gpu);
  Plan two = toy::plan();
  two.tp = 2;
  world.software.tp_overlap = true;
  world.software.scatter_sms = 16;
  const auto sent = [&](const char* recipe, bool narrow) {
    world.pricing.precision = find_precision(recipe);
    world.software.fp8_scatter = narrow;
    return sum_of(world.lowered(two).forward, Stream::kTensor).base();
  };
  // A ring shows its last half, chunks their last quarter.
  const double gathers = 2 * 0.5 * 128 * 128, sums = 2 * 0.5 * 128 * 128 * 2;
  CHECK(sent("fp8-delayed", false) == Approx(gathers + sums / 2));
  CHECK(sent("fp8-delayed", true) == Approx(gathers + 0.5 * sums / 4));
  CHECK(sent("bf16", true) == Approx(sent("bf16", false)));
}

TEST_CASE("recompute adds the forward pass of what it computes again, and nothing else", "[step]") {
  const World world;
  const double once = backward_of(world, toy::plan()).base();
  CHECK(backward_of(world, recomputing("full")).base() - once == Approx(kForward));
  CHECK(backward_of(world, recomputing("mlp")).base() - once == Approx(toy::kUp + toy::kDown));
  CHECK(backward_of(world, recomputing("core_attn")).base() - once == Approx(toy::kScores));
  CHECK(backward_of(world, recomputing("layernorm")).base() == Approx(once));  // memory is instant
  const LayerProgram full = world.lowered(recomputing("full"));
  CHECK(sum_of(full.backward, Cost::kRecompute).base() == Approx(kForward));
  CHECK(full.work == Flops{kForward});  // counted once
  CHECK(play_layer(full).forward.base() == Approx(kForward));
}

TEST_CASE("full recompute of half of the layers adds half of their forward pass", "[step]") {
  const World world;  // 4 layers in one chunk
  Plan half = recomputing("full");
  half.recompute.full_layers = 2;
  const double once = backward_of(world, toy::plan()).base();
  CHECK(backward_of(world, half).base() - once == Approx(0.5 * kForward));
  const Bytes all = saved(world, toy::plan()), none = saved(world, recomputing("full"));
  CHECK(saved(world, half) == 0.5 * (all + none));
}

// Korthikanti et al. 2022, arXiv:2205.05198, Table 2: s b h (34 + 5 a s / h) bytes a layer, divided
// by tp with sequence parallelism; selective recompute forgets the scores, full keeps the input.
TEST_CASE("a GPT layer keeps Korthikanti's activations, a rank its share of them", "[step]") {
  World world;
  world.software.attention = "unfused";
  world.software.dropout = true;
  const double s = 128, h = 128, a = 2, b = 2;
  Plan plan = toy::plan();
  plan.micro_batch = 2;
  CHECK(saved(world, plan).base() == Approx(s * b * h * (34 + 5 * a * s / h)));
  plan.tp = 2;
  CHECK(saved(world, plan).base() == Approx(0.5 * s * b * h * (34 + 5 * a * s / h)));
  plan.recompute = find_recompute("selective")->value;
  CHECK(saved(world, plan).base() == Approx(0.5 * s * b * h * 34));
  plan.recompute = find_recompute("full")->value;
  CHECK(saved(world, plan).base() == Approx(0.5 * s * b * h * 2));
}

TEST_CASE("recompute drops what it makes again and keeps what it starts from", "[step]") {
  const World world;
  const double sbh = 128 * 128;
  const auto dropped = [&](const char* name) {
    return (saved(world, toy::plan()) - saved(world, recomputing(name))).base();
  };
  CHECK(dropped("full") == Approx((32 - 2) * sbh));
  // Norms keep their own inputs; their outputs, the inputs of qkv and of the MLP, come again.
  CHECK(dropped("layernorm") == Approx(2 * 2 * sbh));
  // 4 h wide: the output of the activation comes again, its input stays.
  CHECK(dropped("moe_act") == Approx(8 * sbh));
  // What the backward pass needs while it runs again is working memory instead.
  const LayerProgram full = world.lowered(recomputing("full"));
  CHECK(full.memory.working == saved(world, toy::plan()));
  CHECK(world.lowered(recomputing("layernorm")).memory.working == Bytes{2 * 2 * sbh});
  CHECK(world.lowered(toy::plan()).memory.working == Bytes{});
  // Gradients of both ends of the widest product, 128 and 512 wide.
  CHECK(world.lowered(toy::plan()).memory.transient == Bytes{2 * 128 * (128 + 512.0)});
}

TEST_CASE("a policy that names projections keeps their outputs and the layer's input", "[step]") {
  const World world;
  const double sbh = 128 * 128;
  CHECK(saved(world, recomputing("save_qkv_proj")) == Bytes{2 * (1 + 3) * sbh});
  CHECK(saved(world, recomputing("save_qkv_out_proj")) == Bytes{2 * (1 + 3 + 1) * sbh});
  const auto again = [&](const char* name) {
    return sum_of(world.lowered(recomputing(name)).backward, Cost::kRecompute).base();
  };
  // Nobody reads the layer's output again.
  const double read = kForward - toy::kDown;
  CHECK(again("save_qkv_proj") == Approx(read - toy::kQkv));
  CHECK(again("save_qkv_out_proj") == Approx(read - toy::kQkv - toy::kProjection));
}

TEST_CASE("recompute by operation keeps attention and every other product, and runs half of them",
          "[step]") {
  World world;
  const double sbh = 128 * 128;
  const Plan plan = recomputing("per_op");
  // The layer's input, queries and values, attention's output, and of the MLP (two products, the
  // fifth and sixth) the 4 h wide one.
  CHECK(saved(world, plan) == Bytes{2 * (1 + 2 + 1 + 4) * sbh});
  const Seconds again = sum_of(world.lowered(plan).backward, Stream::kCompute) -
                        sum_of(world.lowered(toy::plan()).backward, Stream::kCompute);
  CHECK(again.base() == Approx(0.5 * toy::kLinears));
}

TEST_CASE("sharded weights are gathered beside a layer, or behind it when nothing overlaps",
          "[step]") {
  World world;
  world.hardware = toy::system(toy::gpu(), BytesPerSecond{1e-2});
  Plan sharded = toy::plan();
  sharded.zero = 3;
  sharded.dp = 2;
  // Weights of a layer at 2 bytes, gradients at 4: half of them come from the other rank.
  const double weights = 4 * 128 * 128 + 2 * 128 * 512 + 2 * 128;
  const double gather = 0.5 * weights * 2 / 1e-2, scatter = 0.5 * weights * 4 / 1e-2;
  const LayerProgram beside = world.lowered(sharded);
  CHECK(sum_of(beside.forward, Stream::kData).base() == Approx(gather));
  CHECK(sum_of(beside.backward, Stream::kData).base() == Approx(gather + scatter));
  REQUIRE(gather < kForward);
  const double backward = 2.0 * toy::kLinears + 2.5 * toy::kScores;
  CHECK(play_layer(beside).forward.base() == Approx(kForward));
  CHECK(play_layer(beside).backward.base() == Approx(std::max(backward, gather + scatter)));
  world.software.overlap_param_gather = world.software.overlap_grad_reduce = false;
  const LayerTimes behind = play_layer(world.lowered(sharded));
  CHECK(behind.forward.base() == Approx(kForward + gather));
  CHECK(behind.backward.base() == Approx(backward + gather + scatter));
  CHECK(behind.backward_parts[Cost::kDataComm].base() == Approx(gather + scatter));
}

TEST_CASE("ZeRO below 3 leaves layers alone", "[step]") {
  const World world;
  Plan plan = toy::plan();
  plan.dp = 2;
  for (const int zero : {0, 1, 2}) {
    plan.zero = zero;
    CHECK(sum_of(world.lowered(plan).backward, Stream::kData) == Seconds{});
  }
}

TEST_CASE("the CPU launches what the GPU runs, and what graphs capture costs it nothing",
          "[step]") {
  World world;
  world.software.host_per_kernel = Seconds{1};
  const auto host = [&](const char* captured) {
    world.software.cuda_graphs = captured;
    return world.lowered(toy::plan()).forward_host;
  };
  // norm, qkv, two rotary, attention, projection, residual; norm, up, activation, down, residual.
  CHECK(host("none") == Seconds{12});
  CHECK(host("attn") == Seconds{6});
  CHECK(host("attn,mlp") == Seconds{2});
  CHECK(host("full") == Seconds{});
  world.hardware.cluster.host_time = 1.5;
  CHECK(host("none") == Seconds{18});
}

TEST_CASE("a loop over experts is launched expert by expert, a grouped GEMM once", "[step]") {
  Transformer moe = toy::model();
  moe.experts = 4;
  moe.top_k = 1;
  moe.moe_ffn_hidden = 512;
  World world{moe};
  world.software.host_per_kernel = Seconds{1};
  const auto lowered = [&] { return world.lowered(toy::plan(), LayerKind::kMoe); };
  const Seconds grouped = lowered().forward_host;
  world.software.grouped_gemm = false;
  const Seconds back = lowered().backward_host;
  CHECK(lowered().forward_host - grouped == Seconds{2 * (4 - 1)});
  world.software.calls_per_expert_gemm = 3;
  CHECK(lowered().forward_host - grouped == Seconds{2 * (4 - 1) + 2 * 4 * 3});
  CHECK(lowered().backward_host - back == Seconds{2 * 2 * 4 * 3});
}

TEST_CASE("routing without drops makes the CPU wait once a layer, on its way forward", "[step]") {
  Transformer moe = toy::model();
  moe.experts = 4;
  moe.top_k = 1;
  moe.moe_ffn_hidden = 512;
  World world{moe};
  const auto waits = [&](const Plan& plan) {
    const LayerProgram program = world.lowered(plan, LayerKind::kMoe);
    const auto count = [](const TaskList& list) {
      return std::count_if(list.tasks.begin(), list.tasks.begin() + list.count,
                           [](const Task& task) { return task.sync; });
    };
    return std::pair{count(program.forward), count(program.backward)};
  };
  CHECK(waits(toy::plan()) == std::pair{0L, 0L});
  world.software.token_counts_on_host = true;
  CHECK(waits(toy::plan()) == std::pair{1L, 0L});
  CHECK(waits(recomputing("moe")) == std::pair{1L, 1L});
  world.software.cuda_graphs = "full";
  CHECK(waits(toy::plan()) == std::pair{0L, 0L});
}

TEST_CASE("idle time between kernels comes once a kernel", "[step]") {
  World world;
  world.software.gap_per_kernel = Seconds{1};
  CHECK(play_layer(world.lowered(toy::plan())).forward.base() == Approx(kForward + 12));
}

TEST_CASE("a bf16 copy of moved bytes takes their time at 1 B/s", "[step]") {
  World world;
  Gpu slow = toy::gpu();
  slow.hbm_bandwidth = BytesPerSecond{1};
  slow.peak.bf16 = FlopsPerSecond{toy::kInfinite};
  world.hardware = toy::system(slow);
  const LayerProgram embedding = world.lowered(toy::plan(), LayerKind::kEmbedding);
  // A row of the table read and written: 4 bytes an element forward, 8 with its gradient.
  CHECK(sum_of(embedding.forward, Stream::kCompute) == Seconds{4.0 * 128 * 128});
  CHECK(sum_of(embedding.backward, Stream::kCompute) == Seconds{8.0 * 128 * 128});
}

}  // namespace
}  // namespace fleetcast
