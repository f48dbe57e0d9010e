#include "sim/calibration/refine_rows.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "sim/config/library.hpp"
#include "sim/validation/chip_shelf.hpp"
#include "sim/validation/gemm_price.hpp"
#include "sim/validation/kernel_class.hpp"

namespace fleetcast::fit {
namespace {

bool says(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// As bench/device/measure.py writes it behind what it measured with.
constexpr std::string_view kSustained = "; sustained";

/// Without what differs from row to row: "measured with ... 2026-01-02, torch 2.9, driver 580".
std::string measured_with(std::string_view source) {
  return std::string(source.substr(0, source.find(';')));
}

/// Text of a source, and the class of kernels that it names.
struct Backend {
  std::string_view text;
  std::optional<AttentionKernel> kernel;
};
// Longer names first: each is looked for within the source.
constexpr std::array<Backend, 5> kBackends{{
    {"backend=cudnn", AttentionKernel::kFlash3},
    {"backend=flash_attn_3", AttentionKernel::kFlash3},
    {"backend=flash", AttentionKernel::kFlash2},  // SDPA's, and the package flash_attn
    {"backend=", {}},                             // efficient, math: no training stack of ours
    {"cudnn det", AttentionKernel::kFlash3},
}};
constexpr std::array<std::string_view, 4> kBest{"flash3", "flash4", "cudnn", "cudnn_deterministic"};

std::optional<AttentionKernel> kernel_of(const AttentionRow& row) {
  for (const Backend& backend : kBackends)
    if (says(row.source, backend.text)) return backend.kernel;
  const std::string key = attention_key(row);  // an engine's kernels are another class
  const std::string_view kernel = std::string_view(key).substr(0, key.find(' '));
  if (kernel == "flash2") return AttentionKernel::kFlash2;
  if (std::find(kBest.begin(), kBest.end(), kernel) != kBest.end()) return AttentionKernel::kFlash3;
  return std::nullopt;
}

/// What eager PyTorch runs as one kernel; of other operations it makes several, which training
/// stacks fuse.
constexpr std::array<std::string_view, 9> kSingle{"copy",      "residual_add", "layer_norm",
                                                  "gelu",      "softmax",      "permute",
                                                  "unpermute", "adam",         "grad_norm"};

std::optional<MemoryKind> kind_of(const MemoryRow& row) {
  if (row.op == "grad_norm") return MemoryKind::kOptimizer;  // MemoryKind says so
  return memory_kind(row.op);
}

std::string refusal(const GemmRow& row, const Gpu& gpu) {
  if (row.dtype == "bf16_grouped") {
    if (experts_of(row) < 1.0) return "bf16_grouped without experts=N in their source";
    return says(row.source, "loop") ? "bf16_grouped in a loop: single GEMMs, nothing grouped" : "";
  }
  const GemmLabel* label = find_label(row.dtype);
  if (label == nullptr) return "dtype " + row.dtype + ", which is not a GEMM format known here";
  if (label->quantizer != nullptr)
    return "dtype " + row.dtype + ": an inference engine's quantising GEMM (calibrate --anew)";
  if (gpu.peak.of(label->dtype) <= FlopsPerSecond{})
    return "dtype " + row.dtype + ", which " + gpu.name + " does not run";
  return {};
}

std::string refusal(const AttentionRow& row, const Gpu& gpu) {
  if (row.dtype != "bf16" && row.dtype != "fp16")
    return row.dtype + " attention: no section of the curves is of that format";
  if (attention_peak(row.dtype, gpu) <= FlopsPerSecond{})
    return row.dtype + " attention, which " + gpu.name + " does not run";
  if (row.direction != "fwd" && row.direction != "bwd" && row.direction != "fwd+bwd")
    return "attention of direction " + row.direction + ", which training does not run";
  if (!kernel_of(row))
    return "attention whose source names no kernel of training stacks (backend=cudnn, flash, "
           "flash_attn, flash_attn_3)";
  return {};
}

std::string refusal(const MemoryRow& row) {
  if (row.time <= Seconds{} || row.bytes <= Bytes{})
    return row.op + " with a rate only, neither bytes nor time";
  if (!kind_of(row)) return row.op + ": no memory-bound kernel of ours is like it";
  const bool single = std::find(kSingle.begin(), kSingle.end(), row.op) != kSingle.end();
  if (says(row.source, "backend=pytorch") && !single)
    return row.op +
           " in eager PyTorch: several kernels, which training stacks fuse (measure.py "
           "--compile)";
  return {};
}

std::size_t format_index(const GemmLabel& label) {
  if (label.dtype == Dtype::kFp4) return 3;
  if (label.dtype != Dtype::kFp8) return 0;
  return label.scaling == Scaling::kBlock ? 2 : 1;
}

void place(const GemmRow& row, const Gpu& gpu, ChipRows& to) {
  if (row.dtype == "bf16_grouped") return to.grouped.push_back(row);
  const GemmLabel& label = *find_label(row.dtype);
  if (clock_of_row(row, gpu.peak.of(label.dtype)) == Clock::kSustained)
    to.lasting_gemm.push_back(row);
  else
    to.gemm[format_index(label)].push_back(row);
}

void place(const AttentionRow& row, const Gpu& /*gpu*/, ChipRows& to) {
  const std::size_t index =
      (kernel_of(row) == AttentionKernel::kFlash2 ? 0 : 2) + (row.direction == "fwd" ? 0 : 1);
  auto& parts = says(row.source, kSustained) ? to.lasting_attention : to.attention;
  parts[index].push_back(row);
}

void place(const MemoryRow& row, const Gpu& /*gpu*/, ChipRows& to) {
  to.memory[static_cast<std::size_t>(*kind_of(row))].push_back(row);
}

/// Chips and their data sheets, each read once.
class Gpus {
 public:
  const std::pair<std::string, Gpu>& find(const std::string& label) {
    const auto [place, is_new] = known_.try_emplace(label);
    if (is_new) {
      const std::string name = gpu_named(label);
      place->second = {name, config::load<Gpu>(config::path_of("gpus", {name, {}})).value};
    }
    return place->second;
  }

 private:
  std::map<std::string, std::pair<std::string, Gpu>> known_;
};

template <class Row>
void sort_into(const std::vector<Row>& rows, Gpus& gpus, SortedRows& out) {
  for (const Row& row : rows) {
    const auto& [name, gpu] = gpus.find(row.gpu);
    std::string reason;
    if constexpr (std::is_same_v<Row, MemoryRow>)
      reason = refusal(row);
    else
      reason = refusal(row, gpu);
    if (!reason.empty()) {
      ++out.skipped[reason];
      continue;
    }
    ChipRows& to = out.chips[name];
    if (to.label.empty()) to.label = row.gpu;
    to.measured.insert(measured_with(row.source));
    place(row, gpu, to);
  }
}

}  // namespace

Clock clock_of_row(const GemmRow& row, FlopsPerSecond peak) {
  if (says(row.source, kSustained)) return Clock::kSustained;
  return clock_of(row.source, row.shape.work() / peak);
}

double experts_of(const GemmRow& row) {
  constexpr std::string_view kKey = "experts=";
  const auto at = row.source.find(kKey);
  return at == std::string::npos ? 0.0
                                 : std::strtod(row.source.c_str() + at + kKey.size(), nullptr);
}

SortedRows sort_rows(const KernelTables& tables) {
  SortedRows out;
  Gpus gpus;
  sort_into(tables.gemm, gpus, out);
  sort_into(tables.attention, gpus, out);
  sort_into(tables.memory, gpus, out);
  return out;
}

}  // namespace fleetcast::fit
