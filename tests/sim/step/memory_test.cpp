// Peak memory of a toy model, part by part.

#include "sim/step/memory.hpp"

#include "tests/catch.hpp"
#include "tests/sim/toy_system.hpp"

namespace fleetcast {
namespace {

using toy::World;

constexpr double kLayer = 4.0 * 128 * 128 + 2.0 * 128 * 512 + 2.0 * 128;
constexpr double kTable = 128.0 * 256;  // of words: once in front, once behind
constexpr double kModel = 4 * kLayer + 2 * kTable;
constexpr double kSaved = 32.0 * 128 * 128;  // by a layer, 128 tokens 128 wide
/// Inputs of final norm and logits, the logits of 256 words, and their fp32 softmax.
constexpr double kLogitsSaved = 2.0 * 2 * 128 * 128 + (2 + 4) * 128 * 256;
/// Gradients of the ends of the widest product of a layer.
constexpr double kGradients = 2.0 * 128 * (128 + 512);

MemoryUse use_of(const World& world, const Plan& plan, int stage = -1) {
  ProgramCache cache;
  Step step;
  lower(world.pricing, plan, cache, step);
  return stage < 0 ? memory_of(world.pricing, step) : memory_of_stage(world.pricing, step, stage);
}

TEST_CASE("one GPU holds everything once", "[memory]") {
  const World world;
  const MemoryUse use = use_of(world, toy::plan());
  CHECK(use.weights == Bytes{2 * kModel});
  CHECK(use.gradients == Bytes{4 * kModel});
  CHECK(use.optimizer == Bytes{12 * kModel});
  CHECK(use.activations == Bytes{4 * kSaved});
  CHECK(use.working == Bytes{kLogitsSaved});
  CHECK(use.buffers == kContextBuffers + kCommunicatorBuffers);
  const Bytes tensors = use.total() - use.buffers - use.fragmentation;
  CHECK(tensors.base() == Approx(18 * kModel + 4 * kSaved + kLogitsSaved));
  CHECK((use.fragmentation / tensors) == Approx(1 / 0.94 - 1));
}

TEST_CASE("each ZeRO stage divides one more part over the replicas", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.dp = 4;
  const auto at = [&](int zero) {
    plan.zero = zero;
    return use_of(world, plan);
  };
  CHECK(at(0).optimizer == Bytes{12 * kModel});
  CHECK(at(1).optimizer == Bytes{3 * kModel});
  CHECK(at(1).gradients == Bytes{4 * kModel});
  CHECK(at(2).gradients == Bytes{kModel});
  CHECK(at(2).weights == Bytes{2 * kModel});
  CHECK(at(3).weights == Bytes{0.5 * kModel});
  // The layer at work and the next one are gathered whole, with their gradients, and both tables.
  CHECK(at(3).working == Bytes{kGradients + 2 * kLayer * (2 + 4) + 2 * 2 * kTable});
}

TEST_CASE("FSDP that gathers its masters keeps no other weights", "[memory]") {
  World world;
  Plan plan = toy::plan();
  plan.dp = 4;
  plan.zero = 3;
  const MemoryUse both = use_of(world, plan);
  world.software.gathers_masters = true;
  const MemoryUse masters = use_of(world, plan);
  CHECK(masters.weights == Bytes{});
  CHECK(masters.optimizer == both.optimizer);
  CHECK(masters.working == both.working);
}

TEST_CASE("FSDP below a pipeline keeps a stage whole between micro-batches", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.pp = 2;
  plan.dp = 2;
  plan.zero = 3;
  plan.micro_batches = 8;
  const double stage = 2 * kLayer + kTable;
  CHECK(use_of(world, plan, 0).working == Bytes{kGradients + stage * (2 + 4)});
  CHECK(use_of(world, plan, 1).working == Bytes{kLogitsSaved + stage * (2 + 4)});
}

TEST_CASE("narrow gradients are widened for the step, when activations are gone", "[memory]") {
  World world;
  world.software.grad_bytes = 2;
  const MemoryUse narrow = use_of(world, toy::plan());
  world.software.step_grad_bytes = 4;
  const MemoryUse copied = use_of(world, toy::plan());
  CHECK(narrow.working == Bytes{kLogitsSaved});
  CHECK(copied.working + copied.activations == Bytes{4 * kModel});
  world.software.grad_bytes = 4;  // wide already, and bf16 ones stay beside them
  world.software.low_grad_bytes = 2;
  const MemoryUse wide = use_of(world, toy::plan());
  CHECK(wide.working == Bytes{kLogitsSaved});
  CHECK(wide.gradients == Bytes{6 * kModel});
}

TEST_CASE("tied tables are held by the first stage and by the last", "[memory]") {
  World world;
  world.transformer.tied_embeddings = true;
  world.price(toy::kSeqLen);
  Plan plan = toy::plan();
  CHECK(use_of(world, plan).weights == Bytes{2 * (4 * kLayer + kTable)});
  plan.pp = 2;
  plan.micro_batches = 8;
  CHECK(use_of(world, plan, 1).weights == Bytes{2 * (2 * kLayer + kTable)});
}

TEST_CASE("what a framework reports is what it hands out, holds, or the driver sees", "[memory]") {
  const World world;
  const MemoryUse use = use_of(world, toy::plan());
  CHECK(use.reserved() == use.allocated() + use.fragmentation);
  CHECK(use.total() == use.reserved() + use.buffers);
}

TEST_CASE("twice the replicas hold half of the optimizer each, and all of the rest", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.dp = 2;
  const MemoryUse two = use_of(world, plan);
  plan.dp = 4;
  const MemoryUse four = use_of(world, plan);
  CHECK(four.optimizer == 0.5 * two.optimizer);
  CHECK(four.weights == two.weights);
  CHECK(four.gradients == two.gradients);
  CHECK(four.activations == two.activations);
}

TEST_CASE("tensor ranks hold half of all but context", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  const MemoryUse one = use_of(world, plan);
  plan.tp = 2;
  const MemoryUse two = use_of(world, plan);
  CHECK(two.weights == 0.5 * one.weights);
  CHECK(two.optimizer == 0.5 * one.optimizer);
  CHECK(two.activations == 0.5 * one.activations);
  CHECK(two.working == 0.5 * one.working);
  CHECK(two.buffers == one.buffers + kCommunicatorBuffers);
}

TEST_CASE("the first stage of 1F1B keeps as many micro-batches as there are stages", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.pp = 2;
  plan.micro_batches = 8;
  CHECK(use_of(world, plan, 0).activations == Bytes{2 * 2 * kSaved});
  CHECK(use_of(world, plan, 1).activations == Bytes{2 * kSaved});
  CHECK(use_of(world, plan, 0).weights == Bytes{2 * (2 * kLayer + kTable)});
  CHECK(use_of(world, plan, 1).working == Bytes{kLogitsSaved});
  CHECK(use_of(world, plan, 0).working == Bytes{kGradients});
  plan.micro_batches = 1;  // no more than there are
  CHECK(use_of(world, plan, 0).activations == Bytes{2 * kSaved});
}

TEST_CASE("a stack whose pipeline keeps what stages hand on holds it for all in flight",
          "[memory]") {
  World world;
  Plan plan = toy::plan();
  plan.pp = 2;
  plan.micro_batches = 8;
  world.software.stage_tensors = 1;
  CHECK(use_of(world, plan, 0).activations == Bytes{2 * (2 * kSaved + 2 * 128 * 128)});
  CHECK(use_of(world, toy::plan()).activations == Bytes{4 * kSaved});
}

TEST_CASE("activations of offloaded layers are not on the GPU", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.offload_layers = 3;
  CHECK(use_of(world, plan).activations == Bytes{kSaved});
  plan.offload_layers = 9;
  CHECK(use_of(world, plan).activations == Bytes{});
}

TEST_CASE("a stack that limits what it gathers gathers no more", "[memory]") {
  World world;
  Plan plan = toy::plan();
  plan.dp = 4;
  plan.zero = 3;
  world.software.live_parameters = kLayer;
  CHECK(use_of(world, plan).working == Bytes{kGradients + kLayer * (2 + 4) + 2 * 2 * kTable});
}

TEST_CASE("GPipe keeps all micro-batches", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.pp = 2;
  plan.micro_batches = 8;
  plan.schedule = &kGpipe;
  CHECK(use_of(world, plan, 0).activations == Bytes{8 * 2 * kSaved});
}

TEST_CASE("interleaving keeps more than 1F1B, chunk by chunk", "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.pp = plan.vp = 2;
  plan.micro_batches = 8;
  plan.schedule = &kInterleaved;
  // Warm-up 2 (2 - 1) + (2 - 1) 2 = 4 forwards, and one more in flight, of one layer each.
  CHECK(use_of(world, plan, 0).activations == Bytes{5 * kSaved});
}

TEST_CASE("full recompute keeps inputs, and one layer's activations while it runs again",
          "[memory]") {
  const World world;
  Plan plan = toy::plan();
  plan.recompute.full = true;
  const MemoryUse use = use_of(world, plan);
  CHECK(use.activations == Bytes{4 * 2.0 * 128 * 128});
  CHECK(use.working == Bytes{kSaved + kGradients});
}

TEST_CASE("a step needs what its fullest stage needs", "[memory]") {
  const World world;
  for (const int pp : {1, 2, 3, 4})
    for (const int micro_batches : {1, 4, 16}) {
      Plan plan = toy::plan();
      plan.pp = pp;
      plan.micro_batches = micro_batches;
      Bytes most{};
      for (int s = 0; s < pp; ++s) most = std::max(most, use_of(world, plan, s).total());
      CHECK(use_of(world, plan).total() == most);
    }
}

TEST_CASE("quantised weights are held beside the bf16 ones", "[memory]") {
  World world;
  const MemoryUse wide = use_of(world, toy::plan());
  world.hardware.gpu.peak.fp8 = FlopsPerSecond{2};
  world.hardware = toy::system(world.hardware.gpu);
  world.pricing.precision = find_precision("fp8-delayed");
  const MemoryUse narrow = use_of(world, toy::plan());
  CHECK(narrow.weights == 2.0 * wide.weights);
  CHECK(narrow.optimizer == wide.optimizer);
  CHECK(narrow.activations < wide.activations);
}

}  // namespace
}  // namespace fleetcast
