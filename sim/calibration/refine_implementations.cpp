#include "sim/calibration/refine_implementations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/calibration/fit_memory.hpp"
#include "sim/calibration/fit_pass.hpp"
#include "sim/calibration/refine_chip.hpp"
#include "sim/validation/kernel_class.hpp"

namespace fleetcast::fit {
namespace {

constexpr double kNano = 1e-9, kMicro = 1e-6, kGiga = 1e9;

// Usual value, bounds, spread as a share: as in refine_chip.cpp.
const std::vector<Knob<MemoryPass>> kMemoryKnobs{
    {&MemoryPass::launch, {3.0, 0.0, 100.0, 0.5}, kMicro},
    {&MemoryPass::efficiency, {0.75, 0.02, 1.2, 0.1}},
    {&MemoryPass::row, {1.0, 0.0, 50.0, 0.4}, kNano},
    {&MemoryPass::walk, {20.0, 0.0, 500.0, 0.4}, kGiga}};

/// Rows by the name of the curve that prices them.
template <class Row, std::size_t N>
std::map<std::string, std::vector<Row>> by_key(const std::array<std::vector<Row>, N>& parts,
                                               std::string (*key)(const Row& row)) {
  std::map<std::string, std::vector<Row>> out;
  for (const std::vector<Row>& part : parts)
    for (const Row& row : part) out[key(row)].push_back(row);
  return out;
}

template <class Item>
Item* named(std::vector<Item>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

std::string fit_text(const RefinedSection& section, const std::string& date,
                     const std::string& before) {
  return fmt::format("{:.1f} %, moved on {} to {} {}; before: {}", section.after, date,
                     section.rows, section.rows == 1 ? "row" : "rows", before);
}

}  // namespace

int refine_implementations(const ChipRows& rows, const Gpu& gpu, double widen,
                           const std::string& date, Implementations& all) {
  const Chip chip = make_chip(gpu, {});
  int moved = 0;
  for (const auto& [key, of_key] : by_key(rows.attention, attention_key)) {
    auto* item = named(all.attention, key);
    if (item == nullptr) continue;
    const auto score_of = [&](const AttentionPass& pass) {
      Score score;
      for (const AttentionRow& row : of_key)
        score.add(predict(row, pass, chip, attention_peak(row.dtype, gpu)) / kMicrosecond,
                  row.time / kMicrosecond, attention_weight(row.shape));
      return score;
    };
    item->fit = fit_text(refine_pass(key, of_key, widen, score_of, item->pass), date, item->fit);
    ++moved;
  }
  for (const auto& [key, of_key] : by_key(rows.memory, memory_key)) {
    auto* item = named(all.memory, key);
    if (item == nullptr) continue;
    const auto score_of = [&](const MemoryPass& pass) {
      Score score;
      for (const MemoryRow& row : of_key)
        score.add(memory_time(row.bytes, std::max(1.0, row.rows), pass, chip) / kMicrosecond,
                  row.time / kMicrosecond, memory_weight(row.bytes / gpu.hbm_bandwidth));
      return score;
    };
    item->fit =
        fit_text(refine_section(key, item->pass, kMemoryKnobs, widen, score_of), date, item->fit);
    ++moved;
  }
  return moved;
}

}  // namespace fleetcast::fit
