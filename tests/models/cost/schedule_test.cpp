#include "models/cost/schedule.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

std::vector<PipelineShape> shapes_of(const Schedule& schedule) {
  std::vector<PipelineShape> shapes;
  for (int stages : {1, 2, 3, 4, 5, 8}) {
    for (int chunks : {1, 2, 3, 4}) {
      for (int micro_batches : {1, 2, 3, 4, 5, 7, 8, 10, 11, 13, 16, 17, 24, 29, 40}) {
        const PipelineShape shape{stages, chunks, micro_batches};
        if (schedule.admits(shape).fits()) shapes.push_back(shape);
      }
    }
  }
  return shapes;
}

std::vector<Slot> order_of(const Schedule& schedule, int stage, PipelineShape shape) {
  std::vector<Slot> slots(max_slots(shape));
  slots.resize(schedule.order(stage, shape, slots));
  return slots;
}

/// Most activations held at once, seen by walking the order.
int walked_in_flight(const std::vector<Slot>& slots, PipelineShape shape) {
  std::map<std::pair<int, int>, bool> waits_for_weight;
  for (const Slot& slot : slots) {
    if (slot.pass == SlotPass::kBackwardWeight)
      waits_for_weight[{slot.micro_batch, slot.chunk}] = true;
  }
  int held = 0;
  int most = 0;
  for (const Slot& slot : slots) {
    if (slot.pass == SlotPass::kForward) ++held;
    const bool apart = waits_for_weight.count({slot.micro_batch, slot.chunk}) != 0;
    if (slot.pass == (apart ? SlotPass::kBackwardWeight : SlotPass::kBackward)) --held;
    most = std::max(most, held);
  }
  CHECK(held == 0);
  CHECK(most <= shape.micro_batches * shape.chunks);
  return most;
}

/// The passes of one micro-batch through one chunk, in the order they run: "FB", "FIW".
std::string passes_of(const std::vector<Slot>& slots, int micro_batch, int chunk) {
  std::string passes;
  for (const Slot& slot : slots) {
    if (slot.micro_batch == micro_batch && slot.chunk == chunk) {
      passes += "FBIW"[static_cast<int>(slot.pass)];
    }
  }
  return passes;
}

}  // namespace

TEST_CASE("every schedule runs every micro-batch forward, then backward, once",
          "[cost][contract]") {
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    REQUIRE_FALSE(shapes_of(*schedule).empty());
    for (const PipelineShape shape : shapes_of(*schedule)) {
      CAPTURE(shape.stages, shape.chunks, shape.micro_batches);
      bool split = false;
      for (int s = 0; s < shape.stages; ++s) {
        const auto slots = order_of(*schedule, s, shape);
        for (int c = 0; c < shape.chunks; ++c) {
          for (int i = 0; i < shape.micro_batches; ++i) {
            const std::string passes = passes_of(slots, i, c);
            split = split || passes == "FIW";
            REQUIRE((passes == "FB" || passes == "FIW"));
          }
        }
      }
      CHECK(split == schedule->splits_backward);
    }
  }
}

TEST_CASE("every schedule numbers its virtual stages both ways", "[cost][contract]") {
  for (const Schedule* schedule : kSchedules) {
    for (const PipelineShape shape : shapes_of(*schedule)) {
      for (int v = 0; v < shape.stages * shape.chunks; ++v) {
        const Place place = schedule->place(v, shape);
        CHECK(schedule->virtual_stage(place.stage, place.chunk, shape) == v);
      }
    }
  }
}

TEST_CASE("the activations a schedule claims to hold are those its order holds",
          "[cost][contract]") {
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    for (const PipelineShape shape : shapes_of(*schedule)) {
      for (int s = 0; s < shape.stages; ++s) {
        CAPTURE(shape.stages, shape.chunks, shape.micro_batches, s);
        REQUIRE(schedule->in_flight(s, shape) ==
                walked_in_flight(order_of(*schedule, s, shape), shape));
      }
    }
  }
}

TEST_CASE("the steady middle of an order repeats, and more micro-batches only lengthen it",
          "[cost][contract]") {
  for (const Schedule* schedule : kSchedules) {
    CAPTURE(schedule->key);
    for (const PipelineShape shape : shapes_of(*schedule)) {
      for (int s = 0; s < shape.stages; ++s) {
        const Steady steady = schedule->steady(s, shape);
        if (steady.micro_batches == 0 || steady.periods == 0) continue;
        CAPTURE(shape.stages, shape.chunks, shape.micro_batches, s);
        PipelineShape longer = shape;
        longer.micro_batches += steady.micro_batches;
        longer.group = steady.micro_batches;
        REQUIRE(schedule->steady(s, longer).periods == steady.periods + 1);
        const auto slots = order_of(*schedule, s, shape);
        const auto more = order_of(*schedule, s, longer);
        const int n = static_cast<int>(slots.size());
        REQUIRE(static_cast<int>(more.size()) == n + steady.length);
        const int end = steady.prologue + steady.periods * steady.length;
        REQUIRE(end <= n);
        bool inserted = true;
        for (int i = 0; i < n; ++i) {
          Slot moved = slots[i];
          if (i < end) inserted = inserted && more[i] == moved;
          moved.micro_batch += steady.micro_batches;
          if (i >= steady.prologue) inserted = inserted && more[i + steady.length] == moved;
        }
        REQUIRE(inserted);
      }
    }
  }
}

TEST_CASE("1F1B's first stage holds as many activations as there are stages", "[cost]") {
  const PipelineShape shape{.stages = 4, .chunks = 1, .micro_batches = 16};
  CHECK(kOneFOneB.in_flight(0, shape) == 4);
  CHECK(kOneFOneB.in_flight(3, shape) == 1);
  CHECK(kZeroBubble.in_flight(3, shape) == 4);
  CHECK(kGpipe.in_flight(3, shape) == 16);
}

TEST_CASE("interleaving runs a group of micro-batches on a chunk before the next chunk", "[cost]") {
  const auto slots = order_of(kInterleaved, 1, {.stages = 2, .chunks = 2, .micro_batches = 4});
  const auto f = SlotPass::kForward;
  const auto b = SlotPass::kBackward;
  const std::vector<Slot> expected{{0, 0, f}, {1, 0, f}, {0, 1, f}, {0, 1, b}, {1, 1, f}, {1, 1, b},
                                   {2, 0, f}, {0, 0, b}, {3, 0, f}, {1, 0, b}, {2, 1, f}, {2, 1, b},
                                   {3, 1, f}, {3, 1, b}, {2, 0, b}, {3, 0, b}};
  CHECK(slots == expected);
}

TEST_CASE("interleaving refuses groups smaller than the pipeline", "[cost]") {
  CHECK(kInterleaved.admits({.stages = 4, .chunks = 2, .micro_batches = 4}).fits());
  const Misfit few = kInterleaved.admits({.stages = 4, .chunks = 2, .micro_batches = 3});
  REQUIRE(few.reason == &kNeedsMoreMicroBatches);
  CHECK(few.needed == 4.0);
  CHECK(few.available == 3.0);
  const Misfit rest =
      kInterleaved.admits({.stages = 4, .chunks = 2, .micro_batches = 10, .group = 4});
  REQUIRE_FALSE(rest.fits());
  CHECK(rest.reason->key == "micro_batch_group");
  CHECK(rest.available == 2.0);
  CHECK(kInterleaved.admits({.stages = 4, .chunks = 2, .micro_batches = 10, .group = 5}).fits());
  CHECK_FALSE(kInterleaved.admits({.stages = 4, .chunks = 1, .micro_batches = 8}).fits());
}

TEST_CASE("a schedule that knows no chunks refuses them", "[cost]") {
  for (const Schedule* schedule : {&kGpipe, &kOneFOneB, &kZeroBubble}) {
    CHECK(schedule->admits({.stages = 2, .chunks = 2, .micro_batches = 4}).reason ==
          &kNeedsOneChunk);
  }
  CHECK_FALSE(kDualPipeV.admits({.stages = 2, .chunks = 1, .micro_batches = 4}).fits());
  CHECK_FALSE(kDualPipeV.admits({.stages = 2, .chunks = 2, .micro_batches = 3}).fits());
}

TEST_CASE("every schedule is found by its key", "[cost][contract]") {
  const auto rows = fields::Table<Schedule>::rows();
  REQUIRE(rows.size() == kSchedules.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK(rows[i]->key != rows[j]->key);
  }
}

}  // namespace fleetcast
