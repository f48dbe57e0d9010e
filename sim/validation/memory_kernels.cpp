#include <algorithm>
#include <array>
#include <optional>

#include "sim/validation/kernel_class.hpp"
#include "sim/validation/kernels.hpp"
#include "sim/validation/simulated_kernel.hpp"

namespace fleetcast {
namespace {

/// How tables call what training stacks run as kernels of a kind: the first text that an operation
/// holds says so.
struct Kind {
  std::string_view text;
  MemoryKind kind;
};
constexpr std::array<Kind, 20> kKinds{{
    {"norm", MemoryKind::kNorm},
    {"ln", MemoryKind::kNorm},
    {"softmax", MemoryKind::kSoftmax},
    {"cross_entropy", MemoryKind::kSoftmax},
    {"quant", MemoryKind::kQuantize},
    {"cast", MemoryKind::kQuantize},
    {"permute", MemoryKind::kPermute},
    {"gather", MemoryKind::kPermute},
    {"scatter", MemoryKind::kPermute},
    {"adam", MemoryKind::kOptimizer},
    {"optimizer", MemoryKind::kOptimizer},
    {"lu", MemoryKind::kActivation},
    {"tanh", MemoryKind::kActivation},
    {"rope", MemoryKind::kActivation},
    {"rotary", MemoryKind::kActivation},
    {"copy", MemoryKind::kCopy},
    {"add", MemoryKind::kCopy},
    {"mul", MemoryKind::kCopy},
    {"div", MemoryKind::kCopy},
    {"triad", MemoryKind::kCopy},
}};

const MemoryImplementation* implementation_of(const MemoryRow& row, const Implementations& all) {
  const std::string key = memory_key(row), kernel = memory_class(row.source) + " " + row.op + " ";
  const MemoryImplementation* other_format = nullptr;
  for (const MemoryImplementation& item : all.memory) {
    if (item.name == key) return &item;
    if (item.name.starts_with(kernel) && item.name.ends_with(" " + row.direction))
      other_format = &item;
  }
  return other_format;
}

/// Empty where neither an implementation nor a kind is like the operation.
std::optional<Seconds> price(const MemoryRow& row, const ShelvedChip& shelved, Engine engine) {
  if (engine == Engine::kEvent) return simulate(row, *shelved.spec);
  if (const auto* own = implementation_of(row, shelved.implementations))
    return memory_time(row.bytes, std::max(1.0, row.rows), own->pass, shelved.chip);
  const std::optional<MemoryKind> kind = memory_kind(row.op);
  if (kind) return memory_time({*kind, row.bytes, 1.0}, shelved.chip);
  return {};
}

std::string id_of(const MemoryRow& row) {
  const auto size = [](double number) { return std::to_string(static_cast<long long>(number)); };
  return row.gpu + " " + row.op + " " + row.dtype + " " + row.direction + " " + size(row.rows) +
         "x" + size(row.cols) + " " + memory_class(row.source);
}

ValidatedKernel validated(const MemoryRow& row, Seconds predicted) {
  return {.id = id_of(row),
          .gpu = row.gpu,
          .columns = {{"op", row.op},
                      {"dtype", row.dtype},
                      {"direction", row.direction},
                      {"rows", row.rows},
                      {"cols", row.cols},
                      {"bytes", row.bytes.base()}},
          .source = row.source,
          .measured = row.time,
          .predicted = predicted};
}

}  // namespace

std::optional<MemoryKind> memory_kind(std::string_view op) {
  for (const Kind& kind : kKinds)
    if (op.find(kind.text) != std::string_view::npos) return kind.kind;
  return {};
}

KernelValidation validate_memory(const std::vector<MemoryRow>& rows, Engine engine) {
  ChipShelf shelf;
  KernelTally tally("GPU, operation");
  for (const MemoryRow& row : rows) {
    const ShelvedChip* chip = shelf.find(row.gpu);
    if (chip == nullptr) {
      tally.skip(id_of(row), "no file of configs/gpus is named like " + row.gpu);
    } else if (row.time <= Seconds{} || row.bytes <= Bytes{}) {
      tally.skip(id_of(row), "states a rate only, neither bytes nor time");
    } else if (engine == Engine::kEvent && !chip->spec) {
      tally.skip(id_of(row), undescribed(*chip));
    } else if (const std::optional<Seconds> time = price(row, *chip, engine)) {
      tally.add(validated(row, *time), row.gpu + " " + row.op, "");
    } else {
      tally.skip(id_of(row), "no kernel of ours is like " + row.op);
    }
  }
  return tally.finish();
}

}  // namespace fleetcast
