#include "sim/validation/simulated_kernel.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "sim/validation/kernel_class.hpp"

namespace fleetcast {
namespace {

// Benches of the tables run a kernel three times and three times more to warm up, and take the mean
// of six runs: nine to the middle of those.
constexpr chip::Repeats kBurst{9.0};
constexpr chip::Repeats kLasting{std::numeric_limits<double>::infinity()};
constexpr chip::Conditions kRepeated{.clock = 1.0, .warm = true};

// Flash attention and no more; vLLM's of Ampere reads keys through a page table, too.
constexpr std::array<std::string_view, 8> kKernels{"flash2", "vllm_flash2", "flash3",
                                                   "flash4", "cudnn",       "cudnn_deterministic",
                                                   "te",     "te_strided"};

Dtype format_of(const std::string& dtype) {
  return dtype == "fp8" || dtype == "mxfp8" ? Dtype::kFp8
         : dtype == "fp16"                  ? Dtype::kFp16
                                            : Dtype::kBf16;
}

}  // namespace

std::string undescribed(const ShelvedChip& chip) {
  return chip.spec ? "" : "configs/gpus names no microarchitecture of " + chip.gpu.name;
}

std::string not_simulated(const GemmRow& row, const GemmLabel& label, const ShelvedChip& chip) {
  if (label.scaling == Scaling::kBlock)
    return row.dtype + ": adding up scaled blocks is not simulated";
  return undescribed(chip);
}

std::string not_simulated(const AttentionRow& row, const ShelvedChip& chip) {
  if (row.direction == "decode") return "one query against a cache is not simulated";
  const std::string none = undescribed(chip);
  if (!none.empty()) return none;
  const std::string key = attention_key(row), kernel = key.substr(0, key.find(' '));
  const bool best =
      kernel.find("flash2") == std::string::npos || chip.spec->made.attention_forward.heads_in_turn;
  if (!best) return "FlashAttention-2 is not this generation's kernel";
  if (std::find(kKernels.begin(), kKernels.end(), kernel) == kKernels.end())
    return kernel + ": what inference engines do in the same kernel is not simulated";
  return {};
}

Seconds simulate(const GemmRow& row, const GemmLabel& label, const chip::ChipSpec& spec) {
  const FlopsPerSecond peak = spec.tensor_of(label.dtype) * double(spec.sms);
  const bool lasts = clock_of(row.source, row.shape.work() / peak) == Clock::kSustained;
  const chip::Repeats repeats = lasts ? kLasting : kBurst;
  const double elements = row.shape.m * row.shape.n;
  const chip::GemmProblem problem{.shape = row.shape,
                                  .in = label.dtype,
                                  .out = bytes_of(Dtype::kBf16) + epilogue_of(row) / elements};
  Seconds time = chip::run_gemm(problem, spec, kRepeated, repeats).outcome.time;
  if (label.quantizer != nullptr) {
    const Bytes quantised{label.quantised_bytes * row.shape.m * row.shape.k};
    time += chip::run_memory(quantised, spec, kRepeated, repeats).outcome.time;
  }
  return time;
}

Seconds simulate(const AttentionRow& row, const chip::ChipSpec& spec) {
  Seconds time{};
  for (const auto& [pass, other] : {std::pair{Pass::kForward, "bwd"}, {Pass::kBackward, "fwd"}}) {
    if (row.direction == other) continue;
    const chip::AttentionProblem problem{row.shape, pass, format_of(row.dtype)};
    time += chip::run_attention(problem, spec, kRepeated, kBurst).outcome.time;
  }
  return time;
}

Seconds simulate(const MemoryRow& row, const chip::ChipSpec& spec) {
  return chip::run_memory(row.bytes, spec, kRepeated, kBurst).outcome.time;
}

}  // namespace fleetcast
