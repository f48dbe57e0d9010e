#include "sim/validation/kernel_table.hpp"

#include <sstream>

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
  CHECK(v.all.count == 2);
}

}  // namespace
}  // namespace fleetcast
