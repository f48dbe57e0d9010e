#include "sim/validation/kernel_table.hpp"

#include <sstream>

#include "sim/validation/gemm_price.hpp"
#include "sim/validation/kernels.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

using Texts = std::vector<std::string>;

KernelTable<GemmRow> gemms(const std::string& text) {
  std::istringstream in(text);
  return read_gemm_table(in, "t.csv");
}

TEST_CASE("a table is read by the names of its columns, in any order", "[validation]") {
  const auto t = gemms("source,k,n,m,gpu,dtype,time_us,tflops\n\"a, b\",3,2,1,H100,bf16,4,9\n");
  CHECK(t.problems.empty());
  REQUIRE(t.rows.size() == 1);
  const GemmRow& row = t.rows.front();
  CHECK((row.shape.m == 1 && row.shape.n == 2 && row.shape.k == 3 && row.shape.groups == 1));
  CHECK((row.gpu == "H100" && row.dtype == "bf16" && row.source == "a, b"));
  CHECK(row.time.base() == Approx(4e-6));
}

TEST_CASE("blank lines and Windows line ends are no problem", "[validation]") {
  const auto t =
      gemms("gpu,dtype,m,n,k,time_us,source\r\n\r\nA,bf16,1,1,1,1,\"say \"\"x\"\"\"\r\n");
  CHECK(t.problems.empty());
  REQUIRE(t.rows.size() == 1);
  CHECK(t.rows.front().source == "say \"x\"");
}

TEST_CASE("every problem of a table is listed with its place", "[validation]") {
  CHECK(gemms("").problems == Texts{"t.csv:1:1: file: is empty"});
  CHECK(gemms("gpu,dtype,m,n,time_us\n").problems ==
        Texts{"t.csv:1:1: k: is a missing column", "t.csv:1:1: source: is a missing column"});
  const auto t = gemms(
      "gpu,dtype,m,n,k,time_us,source\n"
      "A,bf16,1,x,1,1,s\n"
      "A,bf16,1,1\n"
      "A,bf16,0,1,1,nan,s\n"
      "A,bf16,1,1,1,1,s\n");
  CHECK(t.problems ==
        Texts{"t.csv:2:10: n: \"x\" is not a number", "t.csv:3:1: line: has 4 cells, the header 7",
              "t.csv:4:8: m: 0 is below 1", "t.csv:4:14: time_us: \"nan\" is not a number"});
  CHECK(t.rows.size() == 1);
}

TEST_CASE("decode asks one query of all keys", "[validation]") {
  std::istringstream in(
      "gpu,dtype,direction,batch,heads,kv_heads,head_dim,seq,causal,time_us,source\n"
      "A,bf16,decode,1,8,2,64,512,0,3,s\nA,bf16,fwd,1,8,8,192,512,1,3,MLA dv=128\n");
  const auto t = read_attention_table(in, "t.csv");
  REQUIRE(t.rows.size() == 2);
  CHECK((t.rows[0].shape.queries == 1 && t.rows[0].shape.keys == 512 && !t.rows[0].shape.causal));
  CHECK((t.rows[1].shape.queries == 512 && t.rows[1].shape.causal));
  CHECK((t.rows[1].shape.head_dim == 192 && t.rows[1].shape.value_dim == 128));
}

TEST_CASE("a chip is found by what tables call it", "[validation]") {
  CHECK(gpu_named("H100-SXM5-80GB") == "h100-sxm");
  CHECK(gpu_named("B200-SXM") == "b200-sxm");
  CHECK(gpu_named("H900").empty());
}

TEST_CASE("a driver's name says form and memory, and what it leaves out is SXM with most memory",
          "[validation]") {
  CHECK(gpu_named("NVIDIA H100 80GB HBM3") == "h100-sxm");
  CHECK(gpu_named("NVIDIA H100 PCIe") == "h100-pcie");
  CHECK(gpu_named("H100-PCIE-80GB") == "h100-pcie");
  CHECK(gpu_named("A100-SXM4-40GB") == "a100-sxm4-40gb");
  CHECK(gpu_named("A100") == "a100-sxm4-80gb");
  CHECK(gpu_named("A100-PCIE") == "a100-pcie-80gb");
  CHECK(gpu_named("NVIDIA A100-PCIE-40GB") == "a100-pcie-40gb");
  CHECK(gpu_named("GB200 NVL72") == "gb200");
  CHECK(gpu_named("B300-SXM6") == "b300-sxm");
  CHECK(gpu_named("AMD Instinct MI300X") == "mi300x");
  CHECK(gpu_named("H100-NVL").empty());  // another HBM and power limit
  CHECK(gpu_named("L40S").empty());
  CHECK(gpu_named("").empty());
}

TEST_CASE("GEMMs are priced or skipped with a reason, and grouped by chip and format",
          "[validation]") {
  const auto t = gemms(
      "gpu,dtype,m,n,k,time_us,source\n"
      "H100-SXM5-80GB,bf16,8192,8192,8192,1600,s\n"
      "H100-SXM5-80GB,fp8,8192,8192,8192,800,s\n"
      "H900,bf16,1,1,1,1,s\n"
      "H100-SXM5-80GB,int3,1,1,1,1,s\n"
      "H100-SXM5-80GB,nvfp4,1,1,1,1,s\n");
  const KernelValidation v = validate_gemms(t.rows);
  REQUIRE(v.rows.size() == 2);
  CHECK(v.rows[0].id == "H100-SXM5-80GB bf16 8192x8192x8192");
  CHECK(v.rows[0].error == Approx(v.rows[0].predicted / v.rows[0].measured - 1));
  REQUIRE(v.skipped.size() == 3);
  CHECK(v.skipped[0].reason == "no file of configs/gpus is named like H900");
  CHECK(v.skipped[1].reason == "int3 is not a format we know");
  CHECK(v.skipped[2].reason == "this chip does not run nvfp4");
  REQUIRE(v.by_group.size() == 2);
  CHECK((v.by_group[0].group == "H100-SXM5-80GB bf16" && v.by_group[0].count == 1));
  CHECK(v.by_source.empty());
  CHECK(v.all.count == 2);
}

TEST_CASE("a group that several measured is also shown by who measured it", "[validation]") {
  const auto t = gemms(
      "gpu,dtype,m,n,k,time_us,source\n"
      "H100,bf16,8192,8192,8192,1600,AIC trtllm/1.0 (cuBLAS)\n"
      "H100,bf16,8192,8192,8192,1700,AIC trtllm/1.0 (other)\n"
      "H100,bf16,8192,8192,8192,1800,vidur\n");
  const KernelValidation v = validate_gemms(t.rows);
  REQUIRE(v.by_source.size() == 2);
  CHECK((v.by_source[0].group == "H100 bf16, AIC trtllm/1.0" && v.by_source[0].count == 2));
  CHECK((v.by_source[1].group == "H100 bf16, vidur" && v.by_source[1].count == 1));
}

TEST_CASE("tables are bursts, unless their source is known to load the chip for long",
          "[validation]") {
  const Seconds busy{1e-3}, idle{9e-5};
  CHECK(clock_of("AIC trtllm/1.3.0rc20 (cuBLAS; randn)", busy) == Clock::kBurst);
  CHECK(clock_of("somebody else", busy) == Clock::kBurst);
  for (const char* source :
       {"Azure AI-benchmarking-guide cublasLt random-init 10k warmup",
        "SimuMax b200 NN out=bf16 acc=False", "vidur data/profiling/compute mlp.csv"}) {
    INFO(source);
    CHECK(clock_of(source, busy) == Clock::kSustained);
    CHECK(clock_of(source, idle) == Clock::kBurst);
  }
}

TEST_CASE("a source may state that C is fp32, or that the GEMM adds to it", "[validation]") {
  const auto epilogue = [](const char* source) {
    return epilogue_of({"A", "bf16", {10, 20, 30, 1}, Seconds{1}, source});
  };
  CHECK(epilogue("NN out=bf16 acc=False") == Bytes{0});
  CHECK(epilogue("NT out=bf16 acc=True") == Bytes{2.0 * 200});
  CHECK(epilogue("NT out=fp32 acc=False") == Bytes{2.0 * 200});
  CHECK(epilogue("NT out=fp32 acc=True") == Bytes{6.0 * 200});
}

TEST_CASE("a _dynq row costs the GEMM and an engine's quantising kernel", "[validation]") {
  Gpu gpu;
  gpu.sm_count = 1;
  gpu.peak.bf16 = gpu.peak.fp4 = FlopsPerSecond{1};
  gpu.hbm_bandwidth = BytesPerSecond{1e30};
  KernelCurves curves;
  curves.gemm.bf16 = {.efficiency = 1.0,
                      .memory_efficiency = 1.0,
                      .operands = BytesPerSecond{1e30},
                      .sharpness = 50.0};
  curves.gemm.fp4 = curves.serving.fp4 = curves.gemm.bf16;
  curves.serving.fp4.efficiency = 0.5;
  curves.serving.quantize_fp4 = {Seconds{1e6}, 1.0};
  const auto time = [&](const char* dtype) {
    const GemmLabel& label = *find_label(dtype);
    return price({"A", dtype, {64, 64, 64, 1}, Seconds{1}, "s"}, label,
                 chip_for(label, gpu, curves));
  };
  const double work = 2.0 * 64 * 64 * 64;
  CHECK(time("nvfp4").base() == Approx(work));
  CHECK(time("nvfp4_dynq").base() == Approx(2 * work + 1e6));
  CHECK(find_label("int3") == nullptr);
}

}  // namespace
}  // namespace fleetcast
