#include "sim/engine/chip/library.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "models/cost/kernel.hpp"
#include "sim/config/library.hpp"
#include "sim/config/reader.hpp"
#include "tests/catch.hpp"

namespace fleetcast::chip {
namespace {

Gpu gpu(const std::string& name) {
  return config::load<Gpu>(config::path_of("gpus", {name, {}})).value;
}

ChipSpec spec_of(const Gpu& gpu) {
  return make_spec(gpu, config::load_microarchitecture({gpu.microarchitecture, {}}));
}

GemmProblem gemm(double m, double n, double k) { return {.shape = {m, n, k, 1}}; }

AttentionProblem attention(double batch, bool causal, Pass pass = Pass::kForward) {
  return {{.batch = batch,
           .heads = 32,
           .kv_heads = 8,
           .head_dim = 128,
           .value_dim = 128,
           .queries = 8192,
           .keys = 8192,
           .causal = causal},
          pass};
}

const std::array<Problem, 8> kProblems{gemm(8192, 8192, 8192),
                                       gemm(64, 1000, 777),
                                       gemm(129, 128, 65536),
                                       GemmProblem{.shape = {512, 4096, 1024, 16}},
                                       attention(1, true),
                                       attention(1, false),
                                       attention(1, true, Pass::kBackward),
                                       Bytes{1e9}};

TEST_CASE(
    "every described GPU runs every kernel, no faster than its datasheet, and tells where all "
    "of the time went",
    "[chip]") {
  std::size_t described = 0;
  for (const std::string& name : config::names_in("gpus")) {
    const Gpu g = gpu(name);
    if (g.microarchitecture.empty()) continue;
    ++described;
    const ChipSpec spec = spec_of(g);
    for (const Problem& problem : kProblems) {
      const Outcome o = run_kernel(problem, spec, {}, {}).outcome;
      INFO(name << " " << problem.index());
      Seconds sum{};
      for (const Seconds part : o.cause) sum += part;
      CHECK(sum.base() == Approx(o.time.base()).epsilon(1e-9));
      CHECK(o.clock <= 1.0);
      CHECK(o.hbm / spec.hbm <= o.busy * 1.001);
      CHECK(o[Cause::kTensor] < o.time);
    }
  }
  CHECK(described >= 15);
}

TEST_CASE("the useful products of a kernel are those of its shape", "[chip]") {
  const ChipSpec spec = spec_of(gpu("h100-sxm"));
  const auto seconds = [&](Flops work) { return work / (spec.tensor_of(Dtype::kBf16) * spec.sms); };
  for (const GemmProblem& p : {gemm(8192, 8192, 8192), gemm(100, 1000, 777)}) {
    const Outcome o = run_gemm(p, spec, {}, {}).outcome;
    CHECK(o[Cause::kTensor].base() == Approx(seconds(p.shape.work()).base()));
  }
  for (const bool causal : {true, false}) {
    const AttentionProblem p = attention(1, causal);
    const Outcome o = run_attention(p, spec, {}, {}).outcome;
    CHECK(o[Cause::kTensor].base() == Approx(seconds(p.shape.work()).base()).epsilon(0.02));
  }
}

TEST_CASE("the same kernel takes the same time, to the last bit", "[chip]") {
  const ChipSpec spec = spec_of(gpu("h100-sxm"));
  for (const Problem& problem : kProblems)
    CHECK(run_kernel(problem, spec, {}, {}).outcome.time ==
          run_kernel(problem, spec, {}, {}).outcome.time);
}

TEST_CASE("SystemC's clock gives the answer of the agenda alone", "[chip]") {
  const ChipSpec spec = spec_of(gpu("h100-sxm"));
  for (const Problem& problem : kProblems) {
    const Outcome alone = run_kernel(problem, spec, {}, {}).outcome;
    const Outcome modules = run_kernel(problem, spec, {.systemc = true}, {}).outcome;
    CHECK(modules.time.base() == Approx(alone.time.base()).epsilon(1e-6));
    CHECK(modules.events == alone.events);
  }
}

TEST_CASE("a chip of twice everything, which nobody has built, takes half the time", "[chip]") {
  Gpu twice = gpu("h100-sxm");
  const ChipSpec one = spec_of(twice);
  twice.sm_count *= 2;
  for (FlopsPerSecond* peak : {&twice.peak.bf16, &twice.peak.fp16, &twice.peak.fp32}) *peak *= 2.0;
  twice.l2 *= 2.0;
  twice.hbm_bandwidth *= 2.0;
  twice.tdp *= 2.0;
  twice.idle *= 2.0;
  ChipSpec two = spec_of(twice);
  two.l2 *= 2.0;
  const GemmProblem large = gemm(16384, 16384, 16384);
  const Seconds before = run_gemm(large, one, {}, {}).outcome.time;
  CHECK(run_gemm(large, two, {}, {}).outcome.time.base() ==
        Approx(0.5 * before.base()).epsilon(0.05));
}

TEST_CASE("more SMs alone leave a kernel waiting for what they share", "[chip]") {
  ChipSpec spec = spec_of(gpu("h100-sxm"));
  const GemmProblem large = gemm(16384, 16384, 16384);
  const auto shared = [&] {
    const Outcome o = run_gemm(large, spec, {}, {}).outcome;
    return (o[Cause::kL2] + o[Cause::kHbm] + o[Cause::kPower]) / o.time;
  };
  const double before = shared();
  spec.sms *= 2;
  CHECK(shared() > before + 0.1);
}

TEST_CASE("communication beside a GEMM costs it more than its SMs", "[chip]") {
  const ChipSpec spec = spec_of(gpu("h100-sxm"));
  const GemmProblem problem = gemm(8192, 8192, 8192);
  const Seconds alone = run_gemm(problem, spec, {}, {}).outcome.time;
  const Conditions beside{.beside = {BytesPerSecond{1e12}, 16}};
  const Seconds shared = run_gemm(problem, spec, beside, {}).outcome.time;
  CHECK(shared / alone > 132.0 / 116.0 * 0.98);
  CHECK(shared / alone < 1.5);
}

TEST_CASE("a GEMM without enough tiles shares k among SMs", "[chip]") {
  const ChipSpec spec = spec_of(gpu("h100-sxm"));
  const KernelRun run = run_gemm(gemm(256, 256, 32768), spec, {}, {});
  CHECK((run.tile.split > 1 || run.tile.stream_k));
}

TEST_CASE("running on and on brings the clock down to what power allows", "[chip]") {
  const ChipSpec spec = spec_of(gpu("h100-sxm"));
  const GemmProblem problem = gemm(8192, 8192, 8192);
  const Outcome cool = run_gemm(problem, spec, {}, {}).outcome;
  const Outcome hot =
      run_gemm(problem, spec, {}, {std::numeric_limits<double>::infinity()}).outcome;
  CHECK(hot.time > cool.time);
  CHECK((hot.energy / hot.busy).base() == Approx(spec.limit.base()).epsilon(0.05));
}

}  // namespace
}  // namespace fleetcast::chip
