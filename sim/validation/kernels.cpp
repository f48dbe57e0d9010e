#include "sim/validation/kernels.hpp"

#include <algorithm>

#include "sim/validation/chip_shelf.hpp"
#include "sim/validation/gemm_price.hpp"
#include "sim/validation/simulated_kernel.hpp"

namespace fleetcast {
namespace {

/// Why a row cannot be priced, or "".
std::string refusal(const GemmRow& row, const GemmLabel* label, const ShelvedChip* chip,
                    Engine engine) {
  if (chip == nullptr) return "no file of configs/gpus is named like " + row.gpu;
  if (row.dtype == "bf16_uninit") return "uninitialised weights draw less power than data does";
  if (label == nullptr) return row.dtype + " is not a format we know";
  if (!chip->chip.runs(label->dtype)) return "this chip does not run " + row.dtype;
  return engine == Engine::kEvent ? not_simulated(row, *label, *chip) : "";
}

std::string id_of(const GemmRow& row) {
  const auto size = [](double number) { return std::to_string(static_cast<long long>(number)); };
  return row.gpu + " " + row.dtype + " " + size(row.shape.m) + "x" + size(row.shape.n) + "x" +
         size(row.shape.k);
}

/// Who measured, without the release's remarks: the first two words.
std::string measurer(const std::string& source) {
  return source.substr(0, source.find(' ', std::min(source.size(), source.find(' ') + 1)));
}

Seconds predict(const GemmRow& row, const GemmLabel& label, const ShelvedChip& chip,
                Engine engine) {
  if (engine == Engine::kEvent) return simulate(row, label, *chip.spec);
  return price(row, label, chip_for(label, chip.gpu, chip.curves));
}

}  // namespace

KernelValidation validate_gemms(const std::vector<GemmRow>& rows, Engine engine) {
  ChipShelf shelf;
  KernelTally tally("GPU and format");
  for (const GemmRow& row : rows) {
    const GemmLabel* label = find_label(row.dtype);
    const ShelvedChip* chip = shelf.find(row.gpu);
    if (const std::string reason = refusal(row, label, chip, engine); !reason.empty()) {
      tally.skip(id_of(row), reason);
      continue;
    }
    const bool large = std::min({row.shape.m, row.shape.n, row.shape.k}) >= 1024.0;
    tally.add({.id = id_of(row),
               .gpu = row.gpu,
               .columns = {{"dtype", row.dtype},
                           {"m", row.shape.m},
                           {"n", row.shape.n},
                           {"k", row.shape.k}},
               .source = row.source,
               .measured = row.time,
               .predicted = predict(row, *label, *chip, engine)},
              row.gpu + " " + row.dtype, large ? "m, n, k >= 1024" : "", measurer(row.source));
  }
  return tally.finish();
}

}  // namespace fleetcast
