#include "sim/calibration/fit_implementations.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/calibration/fit_pass.hpp"
#include "sim/calibration/write_curves.hpp"
#include "sim/config/library.hpp"

namespace fleetcast::fit {
namespace {

template <class Sample>
using Groups = std::map<std::string, std::vector<Sample>>;

struct ChipRows {
  const ShelvedChip* chip = nullptr;
  Groups<AttentionSample> attention, decode;
  Groups<MemorySample> memory;
};

/// Rows by the chip's file and the curve that prices them.
std::map<std::string, ChipRows> sorted(const KernelTables& tables, ChipShelf& shelf) {
  std::map<std::string, ChipRows> out;
  const auto place = [&](const std::string& gpu) -> ChipRows* {
    const ShelvedChip* chip = shelf.find(gpu);
    if (chip == nullptr) return nullptr;
    ChipRows& rows = out[gpu_named(gpu)];
    rows.chip = chip;
    return &rows;
  };
  for (const AttentionRow& row : tables.attention) {
    ChipRows* to = place(row.gpu);
    if (to == nullptr || attention_peak(row.dtype, to->chip->gpu) <= FlopsPerSecond{}) continue;
    const bool decodes = row.direction == "decode";
    auto& group = decodes ? to->decode[decode_key(row)] : to->attention[attention_key(row)];
    group.push_back({row, to->chip});
  }
  for (const MemoryRow& row : tables.memory) {
    ChipRows* to = place(row.gpu);
    if (to == nullptr || row.time <= Seconds{} || row.bytes <= Bytes{}) continue;
    to->memory[memory_key(row)].push_back({row, to->chip});
  }
  return out;
}

template <class Item>
void replace(std::vector<Item>& items, Item item) {
  const auto same = [&](const Item& other) { return other.name == item.name; };
  items.erase(std::remove_if(items.begin(), items.end(), same), items.end());
  items.push_back(std::move(item));
}

bool has_cache(const std::string& name) {
  return name.starts_with("vllm") || name.starts_with("sglang") || name.starts_with("trtllm");
}

template <class Item>
void sort_by_name(std::vector<Item>& items) {
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return a.name < b.name; });
}

Implementations fitted(const ChipRows& rows, const std::string& date) {
  Implementations out = rows.chip->implementations;
  if (out.name != rows.chip->gpu.name) out = {};
  out.name = rows.chip->gpu.name;
  out.provenance =
      "Fitted by `fleetcast calibrate` on " + date +
      " to tables of measured kernels; a name says "
      "whose kernel it is, sim/validation/kernel_class.cpp which sources those are; errors are "
      "means of |predicted / measured - 1|, those of attention at 1,024 keys and more in "
      "brackets.";
  for (const auto& [name, group] : rows.attention) {
    const auto kind = has_cache(name) ? Surroundings::kCache : Surroundings::kAlone;
    const auto fit = fit_pass(group, kind);
    replace(out.attention, {name, fit.all.text() + " [" + fit.judged.text() + "]", fit.curve});
  }
  for (const auto& [name, group] : rows.decode) {
    const auto fit = fit_decode(group);
    replace(out.decode, {name, fit.all.text() + " [" + fit.judged.text() + "]", fit.curve});
  }
  for (const auto& [name, group] : rows.memory) {
    const auto fit = fit_memory_pass(group);
    replace(out.memory, {name, fit.all.text(), fit.curve});
  }
  sort_by_name(out.attention);
  sort_by_name(out.decode);
  sort_by_name(out.memory);
  return out;
}

std::string quality_of(const Implementations& all) {
  std::string out;
  for (const auto& item : all.attention) out += item.name + ": " + item.fit + "\n";
  for (const auto& item : all.decode) out += item.name + " decode: " + item.fit + "\n";
  for (const auto& item : all.memory) out += item.name + ": " + item.fit + "\n";
  return out;
}

}  // namespace

std::vector<FittedChip> fit_implementations(const KernelTables& tables, const std::string& date) {
  ChipShelf shelf;
  std::vector<FittedChip> out;
  for (const auto& [file, rows] : sorted(tables, shelf)) {
    const Implementations all = fitted(rows, date);
    out.push_back({"implementations/" + file, quality_of(all), yaml_of(all)});
  }
  return out;
}

}  // namespace fleetcast::fit
