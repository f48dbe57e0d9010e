#include "sim/validation/kernel_class.hpp"

#include <array>

namespace fleetcast {
namespace {

/// The first text that a source holds says the class.
struct Mark {
  std::string_view text, kernel;
};

template <std::size_t N>
std::string_view first(const std::array<Mark, N>& marks, std::string_view source) {
  for (const Mark& mark : marks) {
    if (source.find(mark.text) != std::string_view::npos) return mark.kernel;
  }
  return "other";
}

// TensorRT-LLM's context kernel rotates and writes the KV cache; those of vLLM and sglang read it
// through a page table. Encoders are without a cache. SimuMax runs Transformer Engine's fused
// attention, whose strided layout is slower.
constexpr std::array<Mark, 21> kAttentionMarks{{
    {"trtllm prefill", "vllm_trtllm"},
    {"trtllm_mha", "sglang_trtllm"},
    {"FA4", "flash4"},
    {"(FA2)", "flash2"},
    {"FA2 ", "flash2"},
    {"flash-attn 2", "vllm_flash2"},
    {"flash_attention", "sglang_flash2"},
    {"(FA3)", "flash3"},
    {"(FA3 fp8)", "flash3"},
    {"tritonbench FA3", "flash3"},
    {"(cuDNN)", "cudnn"},
    {"cudnn det", "cudnn_deterministic"},
    {"backend=cudnn", "cudnn"},
    {"backend=flash", "flash2"},  // PyTorch holds FlashAttention-2
    {"qkv_contiguous=False", "te_strided"},
    {"SimuMax", "te"},
    {"encoder", "encoder"},
    {"generation", "decode"},
    {"context", "context"},
    {"flashinfer", "flashinfer"},
    {"flash-attention", "flash3"},
}};

constexpr std::array<Mark, 4> kEngines{
    {{"AIC trtllm", "trtllm"}, {"AIC vllm", "vllm"}, {"AIC sglang", "sglang"}, {"AIC ", "other"}}};

constexpr std::array<Mark, 7> kMemoryMarks{{{"backend=cudnn", "cudnn"},
                                            {"backend=pytorch", "pytorch"},
                                            {"backend=torch_compile", "torch_compile"},
                                            {"vidur", "vllm"},
                                            {"NeuSight", "pytorch"},
                                            {"LLMCompass", "pytorch"},
                                            {"AIC", "trtllm"}}};

std::string format_of(const std::string& dtype) { return dtype == "fp16" ? "bf16" : dtype; }

/// Engines' kernels are apart from the same ones alone: a cache, pages, rotation come with them.
std::string engine_class(std::string_view source) {
  const std::string_view engine = first(kEngines, source);
  const std::string_view kernel = attention_class(source);
  if (engine == "other" || kernel.find(engine) != std::string_view::npos)
    return std::string(kernel);
  return std::string(engine) + "_" + std::string(kernel);
}

}  // namespace

std::string_view attention_class(std::string_view source) { return first(kAttentionMarks, source); }

std::string memory_class(std::string_view source) {
  constexpr std::string_view kProvider = "provider=";
  if (const auto at = source.find(kProvider); at != std::string_view::npos) {
    const std::string_view rest = source.substr(at + kProvider.size());
    return std::string(rest.substr(0, rest.find(' ')));
  }
  return std::string(first(kMemoryMarks, source));
}

std::string attention_key(const AttentionRow& row) {
  return engine_class(row.source) + " " + format_of(row.dtype) + " " + row.direction;
}

std::string decode_key(const AttentionRow& row) {
  return std::string(first(kEngines, row.source)) + " " + format_of(row.dtype);
}

std::string memory_key(const MemoryRow& row) {
  return memory_class(row.source) + " " + row.op + " " + row.dtype + " " + row.direction;
}

FlopsPerSecond attention_peak(const std::string& dtype, const Gpu& gpu) {
  if (dtype == "bf16") return gpu.peak.bf16;
  if (dtype == "fp16") return gpu.peak.fp16;
  if (dtype == "fp8" || dtype == "mxfp8") return gpu.peak.fp8;
  return {};
}

Seconds predict(const AttentionRow& row, const AttentionPass& pass, const Chip& chip,
                FlopsPerSecond peak) {
  const auto time = [&](Pass direction) {
    return attention_time(row.shape, direction, pass, chip, peak);
  };
  if (row.direction == "bwd") return time(Pass::kBackward);
  if (row.direction == "fwd") return time(Pass::kForward);
  return time(Pass::kForward) + time(Pass::kBackward);
}

}  // namespace fleetcast
