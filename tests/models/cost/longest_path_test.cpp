#include "models/cost/longest_path.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

struct Costs {
  std::vector<ChunkTimes> chunk;
  std::vector<Seconds> hop;

  Costs(PipelineShape shape, ChunkTimes each, Seconds transfer = {})
      : chunk(shape.stages * shape.chunks, each), hop(shape.stages * shape.chunks - 1, transfer) {}
  operator PipelineCosts() const { return {chunk, hop}; }
};

constexpr ChunkTimes kToy{Seconds{1}, Seconds{1}, Seconds{1}};

Seconds total(const Schedule& schedule, PipelineShape shape, ChunkTimes each) {
  PipelineWorkspace workspace;
  return play(schedule, shape, Costs{shape, each}, workspace).total;
}

Costs random_costs(PipelineShape shape, std::mt19937& random) {
  std::uniform_real_distribution<double> some(0.5, 2.0);
  Costs costs{shape, kToy};
  for (ChunkTimes& chunk : costs.chunk) {
    chunk = {Seconds{some(random)}, Seconds{some(random)}, Seconds{some(random)}};
  }
  const double transfer = 0.3 * static_cast<int>(random() % 3);
  for (Seconds& hop : costs.hop) hop = Seconds{transfer * some(random)};
  return costs;
}

/// Any shape the schedule admits, with many micro-batches or few.
PipelineShape random_shape(const Schedule& schedule, int most, std::mt19937& random) {
  for (;;) {
    const PipelineShape shape{.stages = 1 + static_cast<int>(random() % 8),
                              .chunks = 1 + static_cast<int>(random() % 4),
                              .micro_batches = 1 + static_cast<int>(random() % most)};
    if (schedule.admits(shape).fits()) return shape;
  }
}

/// Finish time of every slot, [stage][place], by doing what the header says and no more.
std::vector<std::vector<Seconds>> finish_times(const Schedule& schedule, PipelineShape shape,
                                               const Costs& costs) {
  const int last = shape.stages * shape.chunks - 1;
  std::vector<std::vector<Slot>> orders(shape.stages);
  std::vector<std::vector<Seconds>> finish(shape.stages);
  using Entry = std::tuple<int, int, bool>;  // virtual stage, micro-batch, backward
  std::map<Entry, Seconds> done;
  std::size_t slots = 0;
  for (int s = 0; s < shape.stages; ++s) {
    orders[s].resize(max_slots(shape));
    orders[s].resize(schedule.order(s, shape, orders[s]));
    slots += orders[s].size();
  }
  for (std::size_t ran = 0; ran < slots;) {
    for (int s = 0; s < shape.stages; ++s) {
      if (finish[s].size() == orders[s].size()) continue;
      const Slot slot = orders[s][finish[s].size()];
      const int v = schedule.virtual_stage(s, slot.chunk, shape);
      const ChunkTimes& chunk = costs.chunk[s * shape.chunks + slot.chunk];
      const bool forward = slot.pass == SlotPass::kForward;
      Seconds start = finish[s].empty() ? Seconds{} : finish[s].back();
      if (slot.pass != SlotPass::kBackwardWeight && v != (forward ? 0 : last)) {
        const auto before = done.find(Entry{forward ? v - 1 : v + 1, slot.micro_batch, !forward});
        if (before == done.end()) continue;
        start = std::max(start, before->second + costs.hop[forward ? v - 1 : v]);
      }
      if (forward) start += chunk.forward;
      if (slot.pass == SlotPass::kBackward) start += chunk.backward_input + chunk.backward_weight;
      if (slot.pass == SlotPass::kBackwardInput) start += chunk.backward_input;
      if (slot.pass == SlotPass::kBackwardWeight) start += chunk.backward_weight;
      if (slot.pass != SlotPass::kBackwardWeight)
        done[Entry{v, slot.micro_batch, !forward}] = start;
      finish[s].push_back(start);
      ++ran;
    }
  }
  return finish;
}

void check_same(Seconds a, Seconds b) {
  REQUIRE(std::abs((a - b).base()) <= 1e-9 * std::abs(b.base()));
}

}  // namespace

TEST_CASE("GPipe and 1F1B take one more forward and backward for each further stage", "[cost]") {
  const ChunkTimes each{Seconds{1}, Seconds{1.25}, Seconds{0.75}};
  for (const Schedule* schedule : {&kGpipe, &kOneFOneB}) {
    for (int p : {1, 2, 4, 7}) {
      for (int m : {1, 3, 7, 8, 32}) {
        CHECK(total(*schedule, {p, 1, m}, each) == (m + p - 1) * Seconds{3});
      }
    }
  }
}

TEST_CASE("interleaving divides the bubble by the chunks", "[cost]") {
  const ChunkTimes each{Seconds{1}, Seconds{1.25}, Seconds{0.75}};
  for (int p : {1, 2, 4, 8}) {
    for (int v : {2, 3, 5}) {
      for (int m : {p, 2 * p, 5 * p}) {
        CHECK(total(kInterleaved, {p, v, m}, each) == (m * v + p - 1) * Seconds{3});
      }
    }
  }
}

// arXiv:2401.10241, table 1
TEST_CASE("the bubble of ZB-H1 is (p - 1)(F + B - W)", "[cost]") {
  for (int p : {1, 2, 4, 8}) {
    for (int m : {2 * p, 3 * p + 1, 40}) {
      CHECK(total(kZeroBubble, {p, 1, m}, kToy) == 3 * m * Seconds{1} + (p - 1) * Seconds{1});
    }
  }
}

TEST_CASE("a transfer delays the stage it goes to, not the one it comes from", "[cost]") {
  const PipelineShape shape{.stages = 2, .chunks = 1, .micro_batches = 1};
  PipelineWorkspace workspace;
  const PipelineTimes times = play(kOneFOneB, shape, Costs{shape, kToy, Seconds{10}}, workspace);
  CHECK(times.total == Seconds{1 + 10 + 1 + 2 + 10 + 2});
  CHECK(times.stage[0].busy == Seconds{3});
  CHECK(times.stage[1].first_start == Seconds{11});
  CHECK(times.stage[1].last_finish == Seconds{14});
  CHECK(times.gradients_ready[0] == Seconds{26});
  CHECK(times.gradients_ready[1] == Seconds{14});
}

TEST_CASE("the last chunk's gradients are ready first", "[cost]") {
  const PipelineShape shape{.stages = 2, .chunks = 3, .micro_batches = 4};
  PipelineWorkspace workspace;
  const PipelineTimes times = play(kInterleaved, shape, Costs{shape, kToy}, workspace);
  CHECK(times.gradients_ready[2] < times.gradients_ready[1]);
  CHECK(times.gradients_ready[1] < times.gradients_ready[0]);
  CHECK(times.gradients_ready[0] == times.total);
}

TEST_CASE("no order waits for itself, nor ends before its busiest stage or longest trip",
          "[cost][contract]") {
  std::mt19937 random{7};
  PipelineWorkspace workspace;
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    for (int trial = 0; trial < 200; ++trial) {
      const PipelineShape shape = random_shape(*schedule, 40, random);
      CAPTURE(shape.stages, shape.chunks, shape.micro_batches);
      const Costs costs = random_costs(shape, random);
      const PipelineTimes times = play(*schedule, shape, costs, workspace);
      REQUIRE_FALSE(times.deadlocked);
      Seconds trip{};
      for (const ChunkTimes& chunk : costs.chunk) trip += chunk.forward + chunk.backward_input;
      for (const Seconds& hop : costs.hop) trip += 2 * hop;
      CHECK(times.total >= trip * (1 - 1e-12));
      for (int s = 0; s < shape.stages; ++s) {
        Seconds work{};
        for (int c = 0; c < shape.chunks; ++c) {
          const ChunkTimes& chunk = costs.chunk[s * shape.chunks + c];
          work +=
              shape.micro_batches * (chunk.forward + chunk.backward_input + chunk.backward_weight);
        }
        check_same(times.stage[s].busy, work);
        CHECK(times.stage[s].last_finish - times.stage[s].first_start >= work * (1 - 1e-12));
        CHECK(times.total >= times.stage[s].last_finish);
      }
    }
  }
}

TEST_CASE("every slot starts when its stage and what it waits for are ready", "[cost][contract]") {
  std::mt19937 random{5};
  PipelineWorkspace workspace;
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    for (int trial = 0; trial < 60; ++trial) {
      const PipelineShape shape = random_shape(*schedule, 60, random);
      CAPTURE(shape.stages, shape.chunks, shape.micro_batches);
      const Costs costs = random_costs(shape, random);
      const auto finish = finish_times(*schedule, shape, costs);
      const PipelineTimes times = play(*schedule, shape, costs, workspace);
      Seconds total{};
      for (int s = 0; s < shape.stages; ++s) {
        check_same(times.stage[s].last_finish, finish[s].back());
        total = std::max(total, finish[s].back());
        std::vector<Slot> slots(max_slots(shape));
        slots.resize(schedule->order(s, shape, slots));
        for (int c = 0; c < shape.chunks; ++c) {
          int last = 0;
          for (int i = 0; i < static_cast<int>(slots.size()); ++i) {
            if (slots[i].chunk == c) last = i;
          }
          check_same(times.gradients_ready[s * shape.chunks + c], finish[s][last]);
        }
      }
      check_same(times.total, total);
    }
  }
}

TEST_CASE("a repeated middle played once tells all its times", "[cost][contract]") {
  std::mt19937 random{11};
  PipelineWorkspace whole;
  PipelineWorkspace part;
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    for (int trial = 0; trial < 400; ++trial) {
      const PipelineShape shape = random_shape(*schedule, trial % 4 == 0 ? 600 : 100, random);
      CAPTURE(shape.stages, shape.chunks, shape.micro_batches);
      const Costs costs = trial % 5 == 0 ? Costs{shape, kToy} : random_costs(shape, random);
      const PipelineTimes all = play(*schedule, shape, costs, whole);
      const PipelineTimes few = play_periodic(*schedule, shape, costs, part);
      check_same(few.total, all.total);
      for (int s = 0; s < shape.stages; ++s) {
        check_same(few.stage[s].busy, all.stage[s].busy);
        check_same(few.stage[s].first_start, all.stage[s].first_start);
        check_same(few.stage[s].last_finish, all.stage[s].last_finish);
      }
      for (int i = 0; i < shape.stages * shape.chunks; ++i) {
        check_same(few.first_forward[i], all.first_forward[i]);
        check_same(few.gradients_ready[i], all.gradients_ready[i]);
        check_same(few.last_gradients[i], all.last_gradients[i]);
      }
    }
  }
}

TEST_CASE("every order with a steady middle has periods that wait for earlier ones only",
          "[cost][contract]") {
  std::mt19937 random{13};
  CompileWorkspace workspace;
  PipelineProgram program;
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    for (int trial = 0; trial < 100; ++trial) {
      const PipelineShape shape = random_shape(*schedule, 60, random);
      if (schedule->steady(0, shape).micro_batches == 0) continue;
      CAPTURE(shape.stages, shape.chunks, shape.micro_batches);
      compile(*schedule, shape, workspace, program);
      if (program.periods == 0) continue;
      REQUIRE(program.lag >= 1);
      REQUIRE(program.lag < PipelineProgram::kPeriods);
    }
  }
}

// Two stages of almost the same speed: which one paces the pipeline shows only after many periods.
TEST_CASE("a slack that is used up slowly is not taken for a steady state", "[cost]") {
  const PipelineShape shape{.stages = 4, .chunks = 1, .micro_batches = 3000};
  PipelineWorkspace whole;
  PipelineWorkspace part;
  Costs costs{shape, kToy};
  costs.chunk[0] = {Seconds{1.9995}, Seconds{1}, Seconds{1}};
  costs.chunk[3] = {Seconds{2}, Seconds{1}, Seconds{1}};
  costs.chunk[2].forward = Seconds{0.01};
  check_same(play_periodic(kZeroBubble, shape, costs, part).total,
             play(kZeroBubble, shape, costs, whole).total);
  check_same(play_periodic(kOneFOneB, shape, costs, part).total,
             play(kOneFOneB, shape, costs, whole).total);
}

TEST_CASE("an order that waits for itself is reported", "[cost]") {
  static const Schedule crossed{.key = "crossed",
                                .admits = kOneFOneB.admits,
                                .order =
                                    [](int stage, PipelineShape, std::span<Slot> out) {
                                      const int one =
                                          stage;  // the stages start with different micro-batches
                                      out[0] = {one, 0, SlotPass::kForward};
                                      out[1] = {one, 0, SlotPass::kBackward};
                                      out[2] = {1 - one, 0, SlotPass::kForward};
                                      out[3] = {1 - one, 0, SlotPass::kBackward};
                                      return 4;
                                    },
                                .virtual_stage = virtual_stage_in_turn,
                                .place = place_in_turn,
                                .in_flight = kGpipe.in_flight,
                                .steady = kGpipe.steady,
                                .splits_backward = false,
                                .chunked = false};
  PipelineWorkspace workspace;
  const PipelineShape shape{.stages = 2, .chunks = 1, .micro_batches = 2};
  CHECK_FALSE(play(kGpipe, shape, Costs{shape, kToy}, workspace).deadlocked);
  CHECK(play(crossed, shape, Costs{shape, kToy}, workspace).deadlocked);
}

TEST_CASE("slots that are drawn end when a plain evaluation says", "[cost][contract]") {
  std::mt19937 random{11};
  PipelineWorkspace workspace;
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    for (int trial = 0; trial < 30; ++trial) {
      const PipelineShape shape = random_shape(*schedule, 40, random);
      CAPTURE(shape.stages, shape.chunks, shape.micro_batches);
      const Costs costs = random_costs(shape, random);
      std::size_t next = 0;
      const std::vector<PlayedSlot> slots = played_slots(*schedule, shape, costs, workspace);
      const auto expected = finish_times(*schedule, shape, costs);
      for (std::size_t s = 0; s < expected.size(); ++s)
        for (const Seconds finish : expected[s]) {
          REQUIRE(slots[next].stage == static_cast<int>(s));
          check_same(slots[next++].finish, finish);
        }
      CHECK(next == slots.size());
    }
  }
}

}  // namespace fleetcast
