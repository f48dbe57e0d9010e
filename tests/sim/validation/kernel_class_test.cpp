#include "sim/validation/kernel_class.hpp"

#include <sstream>

#include "sim/validation/kernels.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

std::string key(const std::string& source, const std::string& dtype = "bf16",
                const std::string& direction = "fwd") {
  AttentionRow row;
  row.source = source;
  row.dtype = dtype;
  row.direction = direction;
  return attention_key(row);
}

TEST_CASE("a source says which attention kernel was measured", "[validation]") {
  CHECK(key("AIC vllm/0.14.0 context (flash-attn 2)") == "vllm_flash2 bf16 fwd");
  CHECK(key("AIC sglang/0.5.14 context (FA3 fp8)", "fp8") == "sglang_flash3 fp8 fwd");
  CHECK(key("AIC trtllm/1.3.0rc20 context (incl. RoPE+KV-cache write)") ==
        "trtllm_context bf16 fwd");
  CHECK(key("AIC vllm/0.24.0 context (flashinfer trtllm prefill)") == "vllm_trtllm bf16 fwd");
  CHECK(key("AIC sglang/0.5.14 context (trtllm_mha)") == "sglang_trtllm bf16 fwd");
  CHECK(key("AIC vllm/0.24.0 encoder (non-causal)") == "vllm_encoder bf16 fwd");
  CHECK(key("flash-attention assets FA2 A100 figure labels", "fp16", "fwd+bwd") ==
        "flash2 bf16 fwd+bwd");
  CHECK(key("flash-attention assets FA3 H100 figure labels (cuDNN)", "fp16") == "cudnn bf16 fwd");
  CHECK(key("cudnn-frontend x dsv3 backend=cudnn det dv=128", "mxfp8", "bwd") ==
        "cudnn_deterministic mxfp8 bwd");
  CHECK(key("SimuMax b200 TE causal qkv_contiguous=False") == "te_strided bf16 fwd");
  CHECK(key("somebody's kernel") == "other bf16 fwd");
}

TEST_CASE("a source says whose memory-bound kernel it was", "[validation]") {
  MemoryRow row;
  row.op = "rms_norm";
  row.dtype = "bf16";
  row.direction = "bwd";
  row.source = "Liger-Kernel benchmark provider=liger";
  CHECK(memory_key(row) == "liger rms_norm bf16 bwd");
  CHECK(memory_class("cudnn-frontend norms backend=torch_compile llama3-8b") == "torch_compile");
  CHECK(memory_class("vidur mlp.csv (vLLM kernels; CUPTI)") == "vllm");
  CHECK(memory_class("a paper") == "other");
}

TEST_CASE("a kind of table is known by its columns", "[validation]") {
  CHECK(kind_of_table("gpu,dtype,m,n,k,time_us,tflops,source\r") == TableKind::kGemm);
  CHECK(kind_of_table("gpu,dtype,direction,batch,heads,kv_heads,head_dim,seq,causal,time_us") ==
        TableKind::kAttention);
  CHECK(kind_of_table("gpu,op,dtype,bytes,time_us") == TableKind::kMemory);
  CHECK(kind_of_table("system,collective,ranks") == TableKind::kCollective);
}

TEST_CASE("attention without a curve of its own is priced by training's, other formats are not",
          "[validation]") {
  std::istringstream in(
      "gpu,dtype,direction,batch,heads,kv_heads,head_dim,seq,causal,time_us,source\n"
      "H100-SXM5-80GB,bf16,fwd,1,32,8,128,4096,1,300,somebody's kernel\n"
      "H100-SXM5-80GB,fp8,fwd,1,32,8,128,4096,1,300,somebody's kernel\n"
      "A100-SXM4-80GB,fp8,fwd,1,32,8,128,512,1,300,s\n"
      "H100-SXM5-80GB,bf16,sideways,1,32,8,128,512,1,300,s\n"
      "H900,bf16,fwd,1,32,8,128,512,1,300,s\n");
  const KernelValidation v = validate_attention(read_attention_table(in, "t.csv").rows);
  REQUIRE(v.rows.size() == 1);
  CHECK(v.rows[0].id == "H100-SXM5-80GB bf16 fwd 1x32/8x128 4096 causal");
  CHECK(v.rows[0].error == Approx(v.rows[0].predicted / v.rows[0].measured - 1));
  REQUIRE(v.by_subset.size() == 1);
  CHECK((v.by_subset[0].group == "seq >= 1024" && v.by_subset[0].count == 1));
  REQUIRE(v.skipped.size() == 4);
  CHECK(v.skipped[0].reason == "no curve of fp8 attention is known on this chip");
  CHECK(v.skipped[1].reason == "this chip does not run fp8");
  CHECK(v.skipped[2].reason == "sideways is not a direction we know");
  CHECK(v.skipped[3].reason == "no file of configs/gpus is named like H900");
}

TEST_CASE("memory-bound kernels without a curve are priced by their kind, rates are skipped",
          "[validation]") {
  std::istringstream in(
      "gpu,op,dtype,direction,rows,cols,bytes,time_us,GBps,frac_peak,source\n"
      "H100-SXM5-80GB,my_norm,bf16,fwd,8192,8192,268435456,100,1,1,somebody's kernel\n"
      "H100-SXM5-80GB,stream_copy,fp64,fwd,0,0,0,0,2900,0.86,s\n"
      "H100-SXM5-80GB,sort,bf16,fwd,1,1,10,1,1,1,s\n");
  const KernelValidation v = validate_memory(read_memory_table(in, "t.csv").rows);
  REQUIRE(v.rows.size() == 1);
  CHECK(v.by_group[0].group == "H100-SXM5-80GB my_norm");
  REQUIRE(v.skipped.size() == 2);
  CHECK(v.skipped[0].reason == "states a rate only, neither bytes nor time");
  CHECK(v.skipped[1].reason == "no kernel of ours is like sort");
}

TEST_CASE("a label that leaves the memory out means the chip with most of it", "[validation]") {
  CHECK(gpu_named("A100-SXM4") == "a100-sxm4-80gb");
  CHECK(gpu_named("A100-PCIE-40GB") == "a100-pcie-40gb");
}

}  // namespace
}  // namespace fleetcast
