// Blocks of queries over SMs, decoding, and memory-bound kernels by curves of their own.

#include "models/cost/kernel.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

/// Four SMs of 1 FLOP/s each, HBM as told.
Chip toy(double hbm) {
  Gpu gpu;
  gpu.sm_count = 4;
  gpu.peak.bf16 = gpu.peak.fp16 = FlopsPerSecond{4};
  gpu.hbm_bandwidth = BytesPerSecond{hbm};
  gpu.l2 = Bytes{100};
  return make_chip(gpu, {});
}
constexpr double kFast = 1e30;

const AttentionPass kPass{.efficiency_64 = 1.0,
                          .efficiency_128 = 1.0,
                          .efficiency_256 = 1.0,
                          .efficiency_mla = 1.0,
                          .memory_efficiency = 1.0};

AttentionShape shape(double batch, double queries, bool causal = false) {
  return {.batch = batch,
          .heads = 1,
          .kv_heads = 1,
          .head_dim = 128,
          .value_dim = 128,
          .queries = queries,
          .keys = queries,
          .causal = causal};
}

double time(const AttentionShape& s, const AttentionPass& pass, double hbm = kFast) {
  return attention_time(s, Pass::kForward, pass, toy(hbm), FlopsPerSecond{4}).base();
}

/// One block of 128 queries against `keys`, on one SM of 1 FLOP/s.
double block(double keys) { return 4.0 * 128 * 128 * keys; }

}  // namespace

TEST_CASE("two blocks on four SMs take as long as one", "[kernel]") {
  CHECK(time(shape(2, 128), kPass) == Approx(block(128)));
  CHECK(time(shape(8, 128), kPass) == Approx(2 * block(128)));
}

TEST_CASE("a causal call is never faster than its longest block", "[kernel]") {
  CHECK(time(shape(1, 512, true), kPass) == Approx(block(512)));
  CHECK(time(shape(4, 512, true), kPass) == Approx(4 * 4 * block(256) / 4));
}

TEST_CASE("the tail adds its share of the longest block", "[kernel]") {
  AttentionPass pass = kPass;
  pass.tail = 0.5;
  CHECK(time(shape(8, 128), pass) == Approx(2.5 * block(128)));
}

TEST_CASE("idle SMs take over keys where the kernel splits them", "[kernel]") {
  AttentionPass pass = kPass;
  pass.split = 1.0;
  CHECK(time(shape(1, 128), pass) == Approx(block(128) / 4));
  CHECK(time(shape(4, 128), pass) == Approx(block(128)));
}

TEST_CASE("larger blocks are fewer, and an unfilled one costs as much", "[kernel]") {
  AttentionPass pass = kPass;
  pass.block_rows = 256;
  CHECK(time(shape(4, 128), pass) == Approx(2 * block(128)));
}

TEST_CASE("passes over Q, K and V and look-ups of tokens come before", "[kernel]") {
  AttentionPass pass = kPass;
  pass.passes = 2.0;
  pass.token = Seconds{3};
  const double moved = 2.0 * 2 * 128 * (128 + 128 + 128);  // passes, bytes, tokens, widths
  CHECK(time(shape(1, 128), pass, 1e3) == Approx(block(128) + moved / 1e3 + 3.0 * 128));
}

TEST_CASE("computing and moving of equal length show both where they join softly", "[kernel]") {
  AttentionPass pass = kPass;
  pass.sharpness = 1.0;
  const double bytes = 2.0 * 256 * (128 + 128);
  CHECK(time(shape(1, 128), pass, bytes / block(128)) == Approx(2 * block(128)));
}

TEST_CASE("a burst of 10 ms has lost one decade's power, one of 1 ms none", "[kernel]") {
  AttentionPass pass = kPass;
  pass.power_derate = 0.1;
  const auto burst = [&](double seconds) {
    const FlopsPerSecond peak = Flops{4 * block(128)} / Seconds{seconds};
    return attention_time(shape(4, 128), Pass::kForward, pass, toy(kFast), peak).base();
  };
  CHECK(burst(1e-3) == Approx(1e-3));
  CHECK(burst(1e-2) == Approx(1e-2 / 0.9));
}

TEST_CASE("decoding waits for HBM, or for the longest share of the keys", "[kernel]") {
  AttentionShape s = shape(1, 1);
  s.keys = 1000;
  s.heads = 2;
  AttentionDecode decode{.memory_efficiency = 0.5};
  const double bytes = 2.0 * 256 * (2 * 1 + 1000);
  CHECK(decode_time(s, decode, toy(1.0)).base() == Approx(2 * bytes));
  decode.block_bandwidth = BytesPerSecond{1};
  CHECK(decode_time(s, decode, toy(kFast)).base() == Approx(2.0 * 256 * 1000));
  decode.splits = 8;  // four SMs
  decode.join = Seconds{7};
  CHECK(decode_time(s, decode, toy(kFast)).base() == Approx(2.0 * 256 * 1000 / 4 + 7));
}

TEST_CASE("heads with keys of their own may split less; too many a group read one by one",
          "[kernel]") {
  AttentionShape s = shape(1, 1);
  s.keys = 1000;
  AttentionDecode decode{.memory_efficiency = 1.0,
                         .block_bandwidth = BytesPerSecond{1},
                         .splits = 4,
                         .packed_heads = 8,
                         .cache = BytesPerSecond{2}};
  CHECK(decode_time(s, decode, toy(kFast)).base() == Approx(2.0 * 256 * 1000));
  s.heads = 16;
  CHECK(decode_time(s, decode, toy(kFast)).base() == Approx(2.0 * 256 * 16 * 1000 / 2));
}

TEST_CASE("a memory-bound kernel streams, does rows or walks, whichever is slowest", "[kernel]") {
  const Chip chip = toy(2.0);
  MemoryPass pass{.launch = Seconds{5}, .efficiency = 0.5, .sharpness = 100.0};
  CHECK(memory_time(Bytes{1000}, 10, pass, chip).base() == Approx(1005));
  pass.row = Seconds{4000};  // ten rows on four SMs
  CHECK(memory_time(Bytes{1000}, 10, pass, chip).base() == Approx(10005));
  pass.walk = BytesPerSecond{0.005};  // 100 bytes a row
  CHECK(memory_time(Bytes{1000}, 10, pass, chip).base() == Approx(20005).epsilon(1e-3));
  CHECK(memory_time(Bytes{0}, 10, pass, chip) == Seconds{5});
}

TEST_CASE("L2 saves its share of what fits into it", "[kernel]") {
  const MemoryPass pass{.efficiency = 1.0, .sharpness = 100.0, .cached = 0.5, .cache_share = 1.0};
  CHECK(memory_time(Bytes{100}, 1, pass, toy(1.0)).base() == Approx(50));
  CHECK(memory_time(Bytes{200}, 1, pass, toy(1.0)).base() == Approx(150));
}

}  // namespace fleetcast
