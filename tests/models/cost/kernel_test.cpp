#include "models/cost/kernel.hpp"

#include <algorithm>
#include <cmath>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

/// Four SMs of 1 FLOP/s each in bf16 (fp8: 2, fp4: 4), HBM and L2 as fast as told; no fixed costs.
Gpu toy_gpu(double hbm) {
  Gpu gpu;
  gpu.sm_count = 4;
  gpu.peak.bf16 = gpu.peak.fp16 = FlopsPerSecond{4};
  gpu.peak.fp8 = FlopsPerSecond{8};
  gpu.hbm_bandwidth = BytesPerSecond{hbm};
  return gpu;
}

KernelCurves toy_curves() {
  KernelCurves curves;
  curves.gemm.bf16 = {.efficiency = 1.0,
                      .memory_efficiency = 1.0,
                      .operands = BytesPerSecond{1e30},
                      .sharpness = 50.0};
  const AttentionPass pass{.efficiency_64 = 0.5,
                           .efficiency_128 = 1.0,
                           .efficiency_256 = 1.0,
                           .efficiency_mla = 0.25,
                           .memory_efficiency = 1.0};
  curves.attention.flash2 = curves.attention.flash3 = {pass, pass};
  curves.memory.copy = {Seconds{10}, 0.5};
  curves.memory.softmax = {Seconds{0}, 1.0};
  return curves;
}

constexpr double kFast = 1e30, kSlow = 1e-6;  // B/s of HBM: no limit, the only limit

Chip toy(double hbm) { return make_chip(toy_gpu(hbm), toy_curves()); }
Seconds bf16(const GemmShape& shape, const Chip& chip, const GemmOptions& options = {}) {
  return gemm_time(shape, Dtype::kBf16, chip, options);
}
AttentionShape heads(double queries, bool causal) {
  return {.batch = 1,
          .heads = 4,
          .kv_heads = 4,
          .head_dim = 128,
          .value_dim = 128,
          .queries = queries,
          .keys = queries,
          .causal = causal};
}

}  // namespace

TEST_CASE("a GEMM that fills its waves takes its FLOPs over the peak", "[kernel]") {
  const GemmShape shape{512, 512, 64};
  CHECK(bf16(shape, toy(kFast)).base() == Approx(2.0 * 512 * 512 * 64 / 4));
  CHECK(gemm_time(shape, Dtype::kFp8, toy(kFast)).base() == Approx(2.0 * 512 * 512 * 64 / 8));
}

TEST_CASE("efficiency divides the rate, launch and tiles add their time", "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.gemm.bf16.efficiency = 0.5;
  curves.gemm.bf16.launch = Seconds{1e6};
  curves.gemm.bf16.tile = Seconds{1e7};  // one wave of the largest tiles is cheapest
  const Chip chip = make_chip(toy_gpu(kFast), curves);
  CHECK(bf16({512, 256, 64}, chip).base() == Approx(2.0 * 512 * 256 * 64 / 2 + 1e6 + 1e7));
}

TEST_CASE("one more row past a full wave costs the smallest tile's wave", "[kernel]") {
  const Chip chip = toy(kFast);
  const Seconds full = bf16({512, 128, 64}, chip), over = bf16({513, 128, 64}, chip);
  CHECK(over > full);
  CHECK(bf16({514, 128, 64}, chip) == over);
}

TEST_CASE("a last wave with few tiles costs its share and its tiles, never less than one wave",
          "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.gemm.bf16.last_wave = 0.4;
  const Chip chip = make_chip(toy_gpu(kFast), curves);
  const double wave = 2.0 * 64 * 64 * 64;  // four SMs, one tile of 64 x 64 each
  CHECK(bf16({64, 64, 64}, chip).base() == Approx(wave));
  CHECK(bf16({64, 4 * 64, 64}, chip).base() == Approx(wave));
  // Five tiles: 0.4 of a wave for having a second one, and a quarter of the other 0.6.
  CHECK(bf16({64, 5 * 64, 64}, chip).base() == Approx(wave * (1.0 + 0.4 + 0.6 / 4)));
}

TEST_CASE("a GEMM never gets faster by growing", "[kernel]") {
  const Chip chip = toy(kFast);
  Seconds last{};
  for (double size = 64; size < 4096; size += 64) {
    const Seconds time = bf16({size, size, size}, chip);
    CHECK(time >= last * 0.999);
    last = time;
  }
}

TEST_CASE("a skinny GEMM with a long k is split over the SMs, and pays for adding up", "[kernel]") {
  const GemmShape skinny{64, 64, 4096};
  const Seconds whole{2.0 * 64 * 64 * 4096};  // one tile on one SM
  CHECK(bf16(skinny, toy(kFast)).base() == Approx(whole.base() / 4));
  KernelCurves curves = toy_curves();
  curves.gemm.bf16.split = Seconds{100};
  CHECK(bf16(skinny, make_chip(toy_gpu(kFast), curves)).base() == Approx(whole.base() / 4 + 100));
}

TEST_CASE("an SM waits for its operands when L2 is slow, less with larger tiles", "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.gemm.bf16.operands = BytesPerSecond{0.01};
  const Chip chip = make_chip(toy_gpu(kFast), curves);
  // Two 128 x 256 tiles for each of 4 SMs, each fed with (128 + 256) x 64 elements of 2 bytes.
  CHECK(bf16({1024, 256, 64}, chip).base() == Approx(2.0 * (128 + 256) * 64 * 2 / 0.01));
}

TEST_CASE("a memory-bound GEMM takes its bytes over the bandwidth", "[kernel]") {
  const Chip chip = toy(kSlow);
  const double bytes = 2.0 * (256 * 64 + 64 * 512 + 256 * 512);
  CHECK(bf16({256, 512, 64}, chip).base() == Approx(bytes / kSlow));
}

TEST_CASE("accumulating into fp32 adds exactly its traffic when memory is the limit", "[kernel]") {
  const Chip chip = toy(kSlow);
  const Bytes extra{6.0 * 256 * 512};
  const Seconds plain = bf16({256, 512, 64}, chip);
  const Seconds added = bf16({256, 512, 64}, chip, {.epilogue = extra});
  CHECK((added - plain).base() == Approx(extra.base() / kSlow));
}

TEST_CASE("accumulating into fp32 shows 0.6 of its traffic behind a compute-bound GEMM",
          "[kernel]") {
  const Chip chip = toy(1e4);
  const Bytes extra{1e6};
  const GemmShape shape{512, 512, 512};
  const Seconds added = bf16(shape, chip, {.epilogue = extra}) - bf16(shape, chip);
  CHECK(added.base() == Approx(60.0).epsilon(1e-4));
}

TEST_CASE("accumulating joins its traffic to the GEMM's own, or shows 0.6 of it: what takes longer",
          "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.gemm.bf16.sharpness = 2.0;  // both at once: the hypotenuse
  const GemmShape shape{512, 512, 512};
  const double compute = shape.work().base() / 4, bytes = 3 * 2.0 * 512 * 512;
  for (const double moving : {0.005, 0.02, 0.3, 0.5, 0.7, 1.5}) {
    const double bandwidth = bytes / (moving * compute);
    const Chip chip = make_chip(toy_gpu(bandwidth), curves);
    for (const double more : {1e-6, 0.004, 0.01, 0.1, 0.3, 0.5, 0.6, 0.9, 2.0}) {
      CAPTURE(moving, more);
      // A hundredth of the longer one is nothing.
      const auto joined = [](double b) {
        return std::min(b, 1 / b) > 0.01 ? std::hypot(1.0, b) : std::max(1.0, b);
      };
      const double expected = std::max(joined(moving + more), joined(moving) + 0.6 * more);
      const Bytes extra{more * compute * bandwidth};
      CHECK(bf16(shape, chip, {.epilogue = extra}).base() ==
            Approx(expected * compute).epsilon(1e-12));
    }
  }
}

TEST_CASE("sustained clocks slow computing down, not memory", "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.sustained = 0.5;
  const GemmOptions burst{.clock = Clock::kBurst};
  const Chip fast = make_chip(toy_gpu(kFast), curves), slow = make_chip(toy_gpu(kSlow), curves);
  const GemmShape shape{512, 512, 64};
  CHECK(bf16(shape, fast).base() == Approx(2.0 * bf16(shape, fast, burst).base()));
  CHECK(bf16(shape, slow) == bf16(shape, slow, burst));
}

TEST_CASE("a burst loses efficiency with each tenfold of work past 1 ms, up to 30 ms", "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.gemm.bf16.power_derate = 0.1;
  Gpu gpu = toy_gpu(kFast);
  const GemmShape shape{512, 512, 64};
  gpu.peak.bf16 = shape.work() / Seconds{1e-2};
  const Seconds time = bf16(shape, make_chip(gpu, curves), {.clock = Clock::kBurst});
  CHECK(time.base() == Approx(1e-2 / 0.9));
}

TEST_CASE("a chip runs a format when its datasheet has it, at bf16's fractions if need be",
          "[kernel]") {
  const Chip chip = toy(kFast);
  CHECK(chip.runs(Dtype::kFp8));
  CHECK_FALSE(chip.runs(Dtype::kFp4));
}

TEST_CASE("block scales have a curve of their own", "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.gemm.fp8_block = curves.gemm.bf16;
  curves.gemm.fp8_block.efficiency = 0.5;
  const Chip chip = make_chip(toy_gpu(kFast), curves);
  const Seconds tensor = gemm_time({512, 512, 64}, Dtype::kFp8, chip);
  const Seconds block = gemm_time({512, 512, 64}, Dtype::kFp8, chip, {.scaling = Scaling::kBlock});
  CHECK(block.base() == Approx(2.0 * tensor.base()));
}

TEST_CASE("experts share the waves of one launch and each reads its own weights", "[kernel]") {
  const Chip fast = toy(kFast), slow = toy(kSlow);
  const GemmShape expert{128, 128, 64, 4};
  CHECK(grouped_gemm_time(expert, Dtype::kBf16, fast).base() == Approx(2.0 * 128 * 128 * 64));
  const double bytes = 4 * 2.0 * (128 * 64 + 64 * 128 + 128 * 128);
  CHECK(grouped_gemm_time(expert, Dtype::kBf16, slow).base() == Approx(bytes / kSlow));
}

TEST_CASE("causal attention takes half of the full square", "[kernel]") {
  const Chip chip = toy(kFast);
  const auto time = [&](bool causal, Pass pass) {
    return attention_time(heads(1024, causal), pass, AttentionKernel::kFlash3, chip).base();
  };
  CHECK(time(false, Pass::kForward) == Approx(4.0 * 4 * 1024 * 1024 * 128 / 4));
  CHECK(time(true, Pass::kForward) == Approx(0.5 * time(false, Pass::kForward)));
  CHECK(time(true, Pass::kBackward) == Approx(2.5 * time(true, Pass::kForward)));
}

TEST_CASE("overhead keys cost causal attention twice what they cost the full square", "[kernel]") {
  KernelCurves curves = toy_curves();
  curves.attention.flash3.forward.overhead_keys = 256;
  const Chip plain = toy(kFast), chip = make_chip(toy_gpu(kFast), curves);
  const auto slowdown = [&](bool causal) {
    const AttentionShape shape = heads(1024, causal);
    return attention_time(shape, Pass::kForward, AttentionKernel::kFlash3, chip) /
           attention_time(shape, Pass::kForward, AttentionKernel::kFlash3, plain);
  };
  CHECK(slowdown(false) == Approx(1.25));
  CHECK(slowdown(true) == Approx(1.5));
}

TEST_CASE("head sizes have their own efficiency, and so has MLA", "[kernel]") {
  const Chip chip = toy(kFast);
  AttentionShape small = heads(1024, true), mla = small;
  small.head_dim = small.value_dim = 64;
  mla.head_dim = 192;
  const auto rate = [&](const AttentionShape& s) {
    return s.work() / attention_time(s, Pass::kForward, AttentionKernel::kFlash2, chip);
  };
  CHECK(rate(heads(1024, true)).base() == Approx(4.0));
  CHECK(rate(small).base() == Approx(2.0));
  CHECK(rate(mla).base() == Approx(1.0));
}

TEST_CASE("one query against many keys waits for the keys; shared heads read them once",
          "[kernel]") {
  const Chip chip = toy(kSlow);
  AttentionShape shape = heads(1, false);
  shape.keys = 1000;
  shape.kv_heads = 2;
  const double bytes = 2.0 * 256 * (4 * 1 + 2 * 1000);
  const Seconds time = attention_time(shape, Pass::kForward, AttentionKernel::kFlash3, chip);
  CHECK(time.base() == Approx(bytes / kSlow));
}

TEST_CASE("unfused attention computes the full square and moves its scores", "[kernel]") {
  const Chip chip = toy(kFast);
  const AttentionShape shape = heads(1024, true);
  const Seconds time = attention_time(shape, Pass::kForward, AttentionKernel::kUnfused, chip);
  CHECK(time.base() == Approx(2.0 * shape.work().base() / 4));
  const Chip slow = toy(kSlow);
  const Seconds moved = attention_time(shape, Pass::kForward, AttentionKernel::kUnfused, slow);
  CHECK(moved.base() > 9.0 * 4 * 1024 * 1024 / kSlow);
}

TEST_CASE("memory-bound kernels take a fixed time each and their bytes", "[kernel]") {
  const Chip chip = toy(4);
  CHECK(memory_time({MemoryKind::kCopy, Bytes{100}, 3}, chip) == Seconds{3 * 10 + 100 / 2.0});
}

}  // namespace fleetcast
