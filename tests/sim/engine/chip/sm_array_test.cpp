#include "sim/engine/chip/sm_array.hpp"

#include <array>

#include "sim/engine/chip/stream_grid.hpp"
#include "tests/catch.hpp"
#include "tests/sim/engine/chip/toy.hpp"

namespace fleetcast::chip {
namespace {

constexpr Bytes kNone{0};

Batch tile(int sms, double steps, double flops, double bytes) {
  Batch out;
  out.sms = sms;
  out.tiles = sms;
  out.steps = steps;
  out.useful = out.tensor = Flops{flops};
  out.operands = Bytes{bytes};
  return out;
}

TEST_CASE("a tile that computes longer than it loads takes its first load and then its math",
          "[chip]") {
  const Outcome o = run_list(toy_spec(1), {tile(1, 4, 2, 1)});
  CHECK(o.time.base() == Approx(1 + 4 * 2));
  CHECK(o[Cause::kTensor].base() == Approx(8));
  CHECK(o[Cause::kOperands].base() == Approx(1));
}

TEST_CASE("a tile that loads longer than it computes takes its loads and then its last step's math",
          "[chip]") {
  const Outcome o = run_list(toy_spec(1), {tile(1, 4, 1, 3)});
  CHECK(o.time.base() == Approx(4 * 3 + 1));
  CHECK(o[Cause::kOperands].base() == Approx(9));
}

TEST_CASE("operands take no less than a latency for each set of buffers", "[chip]") {
  ChipSpec spec = toy_spec(1);
  spec.made.l2_latency = Seconds{6};
  Batch batch = tile(1, 5, 1, 1);
  batch.buffers = 3;  // 2 s for a step
  CHECK(run_list(spec, {batch}).time.base() == Approx((1 + 6) + 4 * 2 + 1));
  batch.buffers = 1;
  CHECK(run_list(spec, {batch}).time.base() == Approx((1 + 6) + 4 * 6 + 1));
}

TEST_CASE("a last wave costs a whole one, however few tiles are in it", "[chip]") {
  const Outcome o = run_list(toy_spec(4), {tile(4, 1, 1, 0), tile(1, 1, 1, 0)});
  CHECK(o.time.base() == Approx(2));
  CHECK(o.tiles == 5);
  CHECK(o[Cause::kTensor].base() == Approx(5.0 / 4));
  CHECK(o[Cause::kTail].base() == Approx(3.0 / 4));
}

TEST_CASE("a tile's result leaves its SM behind its last step, or under the next tile's",
          "[chip]") {
  ChipSpec spec = toy_spec(1);
  Batch batch = tile(1, 2, 1, 0);
  batch.stored = Bytes{3};
  CHECK(run_list(spec, {batch, batch}).time.base() == Approx(2 + 3 + 2 + 3));
  spec.made.tile_overlap = 1.0;
  CHECK(run_list(spec, {batch, batch}).time.base() == Approx(2 + 2 + 3));
}

TEST_CASE("the softmax that does not fit under the products is waited for", "[chip]") {
  Batch batch = tile(1, 1, 2, 0);
  batch.exponentials = 5;
  CHECK(run_list(toy_spec(1), {batch}).time.base() == Approx(5));
  batch.vector_overlap = 0.5;
  const Outcome o = run_list(toy_spec(1), {batch});
  CHECK(o.time.base() == Approx(5 + 0.5 * 2));
  CHECK(o[Cause::kVector].base() == Approx(4));
}

TEST_CASE("a kernel that only moves bytes takes them over the bandwidth of HBM", "[chip]") {
  ChipSpec spec = toy_spec(8);
  spec.hbm = BytesPerSecond{10};
  spec.port = BytesPerSecond{1e12};
  StreamGrid grid(Bytes{640}, 8);
  const Outcome o = run(spec, grid);
  CHECK(o.time.base() == Approx(64));
  CHECK(o[Cause::kHbm].base() == Approx(64));
  CHECK(o.hbm.base() == Approx(640));
}

TEST_CASE("two kernels side by side share HBM and each takes twice as long", "[chip]") {
  ChipSpec spec = toy_spec(8);
  spec.hbm = BytesPerSecond{10};
  spec.port = BytesPerSecond{1e12};
  StreamGrid one(Bytes{640}, 4), other(Bytes{640}, 4);
  const std::array<Running, 2> both{{{&one, 4, false}, {&other, 4, false}}};
  // 128 s of bytes, the last two of 64 steps not its own.
  CHECK(run(spec, both).time.base() == Approx(128 - 2));
}

TEST_CASE("communication beside a kernel takes its SMs and its bytes", "[chip]") {
  ChipSpec spec = toy_spec(8);
  spec.hbm = BytesPerSecond{1e12};
  spec.port = BytesPerSecond{1e12};
  StreamGrid grid(Bytes{4.0 * 16384 * 4096}, 4);
  const Conditions beside{.beside = {BytesPerSecond{0.25e12}, 4}};
  const double left = 0.75e12;
  CHECK(run(spec, grid, beside).time.base() == Approx(4.0 * 16384 * 4096 / left).epsilon(0.02));
}

TEST_CASE("an operand that L2 holds is read from HBM once", "[chip]") {
  ChipSpec spec = toy_spec(2);
  Batch batch = tile(2, 2, 1, 0);
  batch.read = {{0, Bytes{60}}, {1, Bytes{30}}};
  CHECK(run_list(spec, {batch, batch}, 2).hbm == Bytes{90});
  spec.l2_capacity = Bytes{80};  // the one pushes out the other
  CHECK(run_list(spec, {batch, batch}, 2).hbm == Bytes{180});
}

TEST_CASE("a kernel that has run before finds in L2 what it left", "[chip]") {
  Batch batch = tile(1, 1, 1, 0);
  batch.read = {{0, Bytes{60}}};
  ListGrid grid({batch}, 1);
  CHECK(run(toy_spec(1), grid, {.warm = true}).hbm == kNone);
}

TEST_CASE("power of eight times the limit halves the clock", "[chip]") {
  ChipSpec spec = toy_spec(1);
  spec.limit = Watts{1};
  spec.made.tensor_flop = Joules{8};  // at 1 FLOP/s
  const Outcome o = run_list(spec, {tile(1, 9000, 1, 0)});
  CHECK(o.clock == Approx(0.5));
  CHECK(o.time.base() == Approx(18000).epsilon(0.2));  // the first steps ran at boost
  CHECK(o.energy / o.time < 1.5 * Watts{1});
}

TEST_CASE("no power to spare brings the clock above boost", "[chip]") {
  const Outcome o = run_list(toy_spec(1), {tile(1, 9000, 1, 0)});
  CHECK(o.clock == 1.0);
  CHECK(o.sustained == 1.0);
  CHECK(o.time.base() == Approx(9000));
}

}  // namespace
}  // namespace fleetcast::chip
