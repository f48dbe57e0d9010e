// Whole steps of layers that take a second forward and two seconds back.

#include "sim/engine/analytic.hpp"

#include "models/cost/schedule.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

constexpr auto kDense = static_cast<std::size_t>(LayerKind::kDense);

LayerProgram layer(double forward = 1, double backward = 2) {
  LayerProgram program;
  program.forward.add({Seconds{forward}, Cost::kGemm, Stream::kCompute, -1});
  program.backward.add({Seconds{backward}, Cost::kGemm, Stream::kCompute, -1});
  program.weight_gradients = Seconds{0.5 * backward};
  return program;
}

/// A pipeline whose chunks have these numbers of layers, in model order.
struct Pipeline {
  LayerProgram program = layer();
  Layout layout;
  Step step;
  EngineWorkspace workspace;

  Pipeline(const Schedule& schedule, int pp, int micro_batches, const std::vector<int>& layers) {
    step.plan.pp = pp;
    step.plan.vp = static_cast<int>(layers.size()) / pp;
    step.plan.micro_batches = micro_batches;
    step.plan.schedule = &schedule;
    layout.distinct.resize(layers.size());
    layout.place.resize(layers.size());
    layout.stage.resize(static_cast<std::size_t>(pp));
    for (std::size_t v = 0; v < layers.size(); ++v) {
      const Place at = schedule.place(static_cast<int>(v), {pp, step.plan.vp, micro_batches});
      const auto stage = static_cast<std::size_t>(at.stage);
      layout.place[stage * static_cast<std::size_t>(step.plan.vp) +
                   static_cast<std::size_t>(at.chunk)] = v;
      layout.distinct[v].of(LayerKind::kDense) = static_cast<short>(layers[v]);
      layout.stage[stage].of(LayerKind::kDense) += static_cast<short>(layers[v]);
    }
    step.layout = &layout;
    step.programs[kDense] = &program;
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void exchange(double reduce, double gather) {
    step.states[kDense] = {Seconds{reduce}, Seconds{gather}};
  }
  Seconds time() { return step_time(step, workspace); }
  Timeline timeline() { return play(step, workspace); }
  Seconds bound() { return step_time_bound(step, workspace); }
};

/// Four layers on one GPU, one micro-batch: forward until 4, backward until 12.
struct OneStage : Pipeline {
  OneStage() : Pipeline(kOneFOneB, 1, 1, {4}) {}
};

TEST_CASE("a step of one GPU is its layers, once a micro-batch", "[engine]") {
  CHECK(OneStage().time() == Seconds{12});
  CHECK(Pipeline(kOneFOneB, 1, 5, {4}).time() == Seconds{60});
}

// Narayanan et al. 2021, arXiv:2104.04473: m + p - 1 slots of forward and backward.
TEST_CASE("1F1B of equal stages takes m + p - 1 micro-batches", "[engine]") {
  for (const int p : {1, 2, 4, 8})
    for (const int m : {1, 2, 8, 32}) {
      Pipeline pipeline(kOneFOneB, p, m, std::vector<int>(static_cast<std::size_t>(p), 2));
      CHECK(pipeline.time() == Seconds{6.0 * (m + p - 1)});
      CHECK(pipeline.bound() == pipeline.time());
      const Timeline t = pipeline.timeline();
      CHECK(t.breakdown[Cost::kBubble] == Seconds{6.0 * (p - 1)});
      CHECK(t.bubble_share == Approx((p - 1.0) / (m + p - 1.0)));
    }
}

TEST_CASE("interleaving divides the bubble by the chunks", "[engine]") {
  for (const int v : {2, 4}) {
    Pipeline pipeline(kInterleaved, 4, 8, std::vector<int>(static_cast<std::size_t>(4 * v), 1));
    CHECK(pipeline.time() == Seconds{3.0 * v * 8 + 3.0 * 3});
  }
}

TEST_CASE("states, optimizer, stragglers and overhead come on top of the pipeline", "[engine]") {
  Pipeline pipeline(kOneFOneB, 4, 8, {1, 1, 1, 1});
  pipeline.step.overlap_reduce = false;
  pipeline.exchange(5, 0);
  pipeline.step.optimizer = Seconds{7};
  pipeline.step.straggler = 1.1;
  pipeline.step.overhead = Seconds{2};
  CHECK(pipeline.time().base() == Approx((3.0 * 11 + 5 + 7) * 1.1 + 2));
  const Timeline t = pipeline.timeline();
  CHECK(t.breakdown[Cost::kDataComm] == Seconds{5});
  CHECK(t.breakdown[Cost::kOptimizer] == Seconds{7});
  CHECK(t.breakdown[Cost::kStraggler].base() == Approx(4.5));
  CHECK(t.breakdown[Cost::kOverhead] == Seconds{2});
  CHECK(t.breakdown.total().base() == Approx(t.step_time.base()));
}

// Layers hand over their gradients at 6, 8, 10 and 12.
TEST_CASE("gradients travel under the backward pass but for what does not fit there", "[engine]") {
  OneStage stage;
  stage.exchange(1, 0);  // 6-7, 8-9, 10-11, 12-13
  CHECK(stage.time() == Seconds{13});
  stage.exchange(2, 0);  // 6-8, 8-10, 10-12, 12-14
  CHECK(stage.time() == Seconds{14});
  stage.exchange(3, 0);  // 6-9, 9-12, 12-15, 15-18
  CHECK(stage.time() == Seconds{18});
  CHECK(stage.timeline().breakdown[Cost::kDataComm] == Seconds{6});
}

TEST_CASE("gradients wait for the end where the stack does not overlap them", "[engine]") {
  OneStage stage;
  stage.step.overlap_reduce = false;
  stage.exchange(1, 0);
  CHECK(stage.time() == Seconds{16});
}

// Layers start at 0, 1, 2 and 3 once their weights are there.
TEST_CASE("weights travel under the forward pass but for the first layer's", "[engine]") {
  OneStage stage;
  stage.exchange(0, 0.5);  // there at 0.5, 1, 1.5, 2
  CHECK(stage.time() == Seconds{12.5});
  stage.exchange(0, 1);
  CHECK(stage.time() == Seconds{13});
  stage.exchange(0, 2);  // there at 2, 4, 6, 8: the last layer starts 5 late
  CHECK(stage.time() == Seconds{17});
  CHECK(stage.timeline().breakdown[Cost::kDataComm] == Seconds{5});
  stage.step.overlap_gather = false;
  CHECK(stage.time() == Seconds{20});
}

TEST_CASE("later stages gather while the first computes", "[engine]") {
  Pipeline pipeline(kOneFOneB, 2, 2, {0, 4});
  pipeline.layout.distinct[0].of(LayerKind::kDense) = 4;
  pipeline.layout.stage[0].of(LayerKind::kDense) = 4;
  const Seconds alone = pipeline.time();
  pipeline.exchange(0, 1);
  CHECK(pipeline.time() - alone == Seconds{1});  // the first stage's first layer
}

TEST_CASE("hops show where they lengthen the pipeline", "[engine]") {
  Pipeline pipeline(kOneFOneB, 2, 1, {1, 1});
  pipeline.step.hop = Seconds{0.5};
  CHECK(pipeline.time() == Seconds{7});  // there and back
  const Timeline t = pipeline.timeline();
  CHECK(t.breakdown[Cost::kPipelineComm] == Seconds{1});
  CHECK(t.breakdown[Cost::kBubble] == Seconds{3});
}

TEST_CASE("weight gradients of the logits fill the last stage's idle end", "[engine]") {
  constexpr auto kLogits = LayerKind::kLogits;
  Pipeline two(kOneFOneB, 2, 4, {1, 1});
  LayerProgram logits = layer();
  logits.id = 1;
  two.layout.distinct[1].of(kLogits) = two.layout.stage[1].of(kLogits) = 1;
  two.step.programs[static_cast<std::size_t>(kLogits)] = &logits;
  const auto step = [&](double deferred) {
    two.step.deferred = deferred;
    const Timeline timeline = two.timeline();
    CHECK(timeline.breakdown.total().base() == Approx(timeline.step_time.base()));
    CHECK(two.bound() <= timeline.step_time);
    return timeline.step_time;
  };
  // A second until the last stage starts, 4 x (2 + 4) there, two seconds back.
  CHECK(step(0.0) == Seconds{27});
  CHECK(step(0.25) == Seconds{26});  // one of 4 seconds, while the first stage ends
  CHECK(step(1.0) == Seconds{25});   // 1 + 4 x 5, and the 4 seconds put off
}

TEST_CASE("the breakdown is that of the busiest stage", "[engine]") {
  Pipeline pipeline(kOneFOneB, 3, 6, {1, 3, 1});
  const Timeline t = pipeline.timeline();
  CHECK(t.busiest_stage == 1);
  CHECK(t.breakdown[Cost::kGemm] == Seconds{3.0 * 3 * 6});
  CHECK(t.breakdown.total() == t.step_time);
  CHECK(t.compute_busy == Seconds{3.0 * (1 + 3 + 1) / 3 * 6});
}

TEST_CASE("hidden exchange of states takes its share from compute", "[engine]") {
  OneStage stage;
  stage.exchange(1, 0);  // 4 s, one of them behind the backward pass
  stage.step.interference = 0.1;
  CHECK(stage.time().base() == Approx(13.3));
  CHECK(stage.bound().base() == Approx(13.3));
  CHECK(stage.timeline().breakdown[Cost::kInterference].base() == Approx(0.3));
}

TEST_CASE("the bound of equal stages is the closed formula, and no step is shorter", "[engine]") {
  Pipeline plain(kOneFOneB, 4, 8, {1, 1, 1, 1});
  CHECK(plain.bound() <= plain.time());
  CHECK(plain.bound().base() >= 3.0 * 8);
  Pipeline chunks(kInterleaved, 4, 8, std::vector<int>(8, 1));
  CHECK(chunks.bound() <= chunks.time());
  Pipeline uneven(kOneFOneB, 4, 8, {1, 5, 1, 2});
  CHECK(uneven.bound() <= uneven.time());
  CHECK(uneven.bound().base() >= 3.0 * 5 * 8);
}

TEST_CASE("work of a micro-batch is that of all layers of all stages", "[engine]") {
  Pipeline pipeline(kOneFOneB, 4, 8, {1, 5, 1, 2});
  CHECK(micro_batch_work(pipeline.step, pipeline.workspace) == Seconds{3.0 * 9});
}

TEST_CASE("a workspace forgets layers when told", "[engine]") {
  OneStage stage;
  CHECK(stage.time() == Seconds{12});
  stage.program = layer(2, 4);
  CHECK(stage.time() == Seconds{12});  // the same id is the same layer
  stage.workspace.forget_layers();
  CHECK(stage.time() == Seconds{24});
}

}  // namespace
}  // namespace fleetcast
