// Square GEMMs that NVIDIA published, all with an edge of 2,048 and more in bf16 of
// ai-dynamo/aiconfigurator 095f58a (TensorRT-LLM tables), on the simulated chip.

#include <sstream>

#include "sim/validation/kernels.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

constexpr const char* kSquares =
    "gpu,dtype,m,n,k,time_us,tflops,source\n"
    "A100-SXM4-80GB,bf16,2048,2048,2048,108.48,158.4,AIC trtllm/1.0.0\n"
    "A100-SXM4-80GB,bf16,4096,4096,4096,514.08,267.3,AIC trtllm/1.0.0\n"
    "A100-SXM4-80GB,bf16,8192,8192,8192,4188.5,262.5,AIC trtllm/1.0.0\n"
    "H100-SXM5-80GB,bf16,2048,2048,2048,25.085,684.9,AIC trtllm/1.3.0rc20\n"
    "H100-SXM5-80GB,bf16,16384,16384,16384,12523,702.4,AIC trtllm/1.3.0rc20\n"
    "H200-SXM,bf16,2048,2048,2048,24.201,709.9,AIC trtllm/1.3.0rc20\n"
    "B200-SXM,bf16,2048,2048,2048,14.1,1218,AIC trtllm/1.3.0rc20\n"
    "B200-SXM,bf16,4096,4096,4096,112.28,1224,AIC trtllm/1.3.0rc20\n"
    "B200-SXM,bf16,8192,8192,8192,737.15,1492,AIC trtllm/1.3.0rc20\n"
    "GB200,bf16,2048,2048,2048,13.125,1309,AIC trtllm/1.3.0rc20\n"
    "GB200,bf16,4096,4096,4096,91.342,1505,AIC trtllm/1.3.0rc20\n"
    "GB200,bf16,8192,8192,8192,781.23,1407,AIC trtllm/1.3.0rc20\n";

TEST_CASE("square GEMMs are simulated within a tenth of what was measured, on average",
          "[validation]") {
  std::istringstream text(kSquares);
  const auto table = read_gemm_table(text, "squares.csv");
  REQUIRE(table.problems.empty());
  const KernelValidation event = validate_gemms(table.rows, Engine::kEvent);
  REQUIRE(event.rows.size() == 12);
  CHECK(event.skipped.empty());
  CHECK(event.all.mape < 0.10);
  for (const ValidatedKernel& row : event.rows) {
    INFO(row.id << " " << row.error);
    CHECK(std::abs(row.error) < 0.30);
  }
  CHECK(validate_gemms(table.rows).rows[0].predicted != event.rows[0].predicted);
}

TEST_CASE("what the simulated chip lacks is skipped with the reason", "[validation]") {
  std::istringstream text(
      "gpu,dtype,m,n,k,time_us,tflops,source\n"
      "MI300X,bf16,4096,4096,4096,300,458,x\n"
      "H100-SXM5-80GB,fp8_block,4096,4096,4096,100,1374,x\n");
  const KernelValidation v = validate_gemms(read_gemm_table(text, "t.csv").rows, Engine::kEvent);
  REQUIRE(v.skipped.size() == 2);
  CHECK(v.skipped[0].reason.find("names no microarchitecture") != std::string::npos);
  CHECK(v.skipped[1].reason == "fp8_block: adding up scaled blocks is not simulated");
}

}  // namespace
}  // namespace fleetcast
