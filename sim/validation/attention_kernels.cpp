#include <algorithm>
#include <array>
#include <optional>

#include "sim/validation/kernel_class.hpp"
#include "sim/validation/kernels.hpp"
#include "sim/validation/simulated_kernel.hpp"

namespace fleetcast {
namespace {

constexpr std::array<std::string_view, 4> kDirections{"fwd", "bwd", "fwd+bwd", "decode"};

template <class Item>
const Item* named(const std::vector<Item>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& i) { return i.name == name; });
  return found == items.end() ? nullptr : &*found;
}

/// Training stacks' own curves stand in for a kernel without one.
Seconds by_training_curve(const AttentionRow& row, const Chip& chip) {
  const bool second = row.source.find("FA2") != std::string::npos ||
                      row.source.find("flash-attn 2") != std::string::npos;
  const AttentionKernel kernel = second ? AttentionKernel::kFlash2 : AttentionKernel::kFlash3;
  const AttentionCurve& curve = chip.attention[static_cast<unsigned char>(kernel)];
  Seconds time{};
  if (row.direction != "bwd")
    time += attention_time(row.shape, Pass::kForward, curve.forward, chip, chip.attention_peak);
  if (row.direction == "bwd" || row.direction == "fwd+bwd")
    time += attention_time(row.shape, Pass::kBackward, curve.backward, chip, chip.attention_peak);
  return time;
}

/// Empty where no curve is of this format.
std::optional<Seconds> price(const AttentionRow& row, const ShelvedChip& shelved) {
  const FlopsPerSecond peak = attention_peak(row.dtype, shelved.gpu);
  if (row.direction == "decode") {
    const auto* own = named(shelved.implementations.decode, decode_key(row));
    if (own != nullptr) return decode_time(row.shape, own->decode, shelved.chip);
  } else if (const auto* own = named(shelved.implementations.attention, attention_key(row))) {
    return predict(row, own->pass, shelved.chip, peak);
  }
  const bool wide = row.dtype == "bf16" || row.dtype == "fp16";
  return wide ? std::optional(by_training_curve(row, shelved.chip)) : std::nullopt;
}

std::string id_of(const AttentionRow& row) {
  const auto size = [](double number) { return std::to_string(static_cast<long long>(number)); };
  const AttentionShape& s = row.shape;
  return row.gpu + " " + row.dtype + " " + row.direction + " " + size(s.batch) + "x" +
         size(s.heads) + "/" + size(s.kv_heads) + "x" + size(s.head_dim) + " " + size(s.keys) +
         (s.causal ? " causal" : "");
}

std::string refusal(const AttentionRow& row, const ShelvedChip* chip, Engine engine) {
  if (chip == nullptr) return "no file of configs/gpus is named like " + row.gpu;
  if (std::find(kDirections.begin(), kDirections.end(), row.direction) == kDirections.end())
    return row.direction + " is not a direction we know";
  if (attention_peak(row.dtype, chip->gpu) <= FlopsPerSecond{})
    return "this chip does not run " + row.dtype;
  return engine == Engine::kEvent ? not_simulated(row, *chip) : "";
}

ValidatedKernel validated(const AttentionRow& row, Seconds predicted) {
  const AttentionShape& s = row.shape;
  return {.id = id_of(row),
          .gpu = row.gpu,
          .columns = {{"dtype", row.dtype},
                      {"direction", row.direction},
                      {"kernel", attention_key(row)},
                      {"batch", s.batch},
                      {"heads", s.heads},
                      {"kv_heads", s.kv_heads},
                      {"head_dim", s.head_dim},
                      {"seq", s.keys},
                      {"causal", s.causal ? 1.0 : 0.0}},
          .source = row.source,
          .measured = row.time,
          .predicted = predicted};
}

}  // namespace

KernelValidation validate_attention(const std::vector<AttentionRow>& rows, Engine engine) {
  ChipShelf shelf;
  KernelTally tally("GPU, kernel, format, direction");
  for (const AttentionRow& row : rows) {
    const ShelvedChip* chip = shelf.find(row.gpu);
    std::string reason = refusal(row, chip, engine);
    const std::optional<Seconds> time = !reason.empty()            ? std::optional<Seconds>{}
                                        : engine == Engine::kEvent ? simulate(row, *chip->spec)
                                                                   : price(row, *chip);
    if (!time) {
      if (reason.empty()) reason = "no curve of " + row.dtype + " attention is known on this chip";
      tally.skip(id_of(row), reason);
      continue;
    }
    tally.add(validated(row, *time), row.gpu + " " + attention_key(row),
              row.shape.keys >= 1024.0 ? "seq >= 1024" : "seq < 1024");
  }
  return tally.finish();
}

}  // namespace fleetcast
