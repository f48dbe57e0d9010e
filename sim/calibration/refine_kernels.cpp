#include "sim/calibration/refine_kernels.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "sim/calibration/refine_chip.hpp"
#include "sim/calibration/refine_implementations.hpp"
#include "sim/calibration/write_curves.hpp"
#include "sim/config/document.hpp"
#include "sim/config/echo.hpp"
#include "sim/config/library.hpp"
#include "sim/validation/chip_shelf.hpp"

namespace fleetcast::fit {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// Sections of the file that no row told of.
std::string kept_sections(const std::vector<RefinedSection>& moved, const KernelCurves& curves) {
  std::vector<std::string> out;
  const auto keep = [&](const std::string& name) {
    if (std::none_of(moved.begin(), moved.end(), [&](const auto& s) { return s.name == name; }))
      out.push_back(name);
  };
  for (const GemmFormat& format : kGemmFormats)
    if ((curves.gemm.*format.curve).efficiency > 0.0) keep("GEMM " + std::string(format.key));
  keep("GEMM sustained");
  keep("GEMM grouped");
  for (const AttentionPart& part : kAttentionParts) keep("attention " + std::string(part.key));
  for (const MemoryPart& part : kMemoryParts) keep("memory-bound " + std::string(part.key));
  return out.empty() ? "nothing" : joined(out);
}

/// What was measured with, at most three of them: a folded text has to stay readable.
std::string measured_text(const std::set<std::string>& measured) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> out;
  for (const std::string& text : measured)
    if (out.size() < kMost && !text.empty()) out.push_back(text);
  if (measured.size() > kMost) out.push_back(fmt::format("{} more", measured.size() - kMost));
  return out.empty() ? "not said" : joined(out);
}

std::string provenance_of(const ChipRows& rows, const std::vector<RefinedSection>& sections,
                          const KernelCurves& before, const std::string& file,
                          const std::string& date) {
  return fmt::format(
      "moved on {} by `fleetcast calibrate` from the curves of kernels/{} to rows of {};\n"
      "errors are means of |predicted / measured - 1| over the rows, small kernels less;\n"
      "{}"
      "kept as they were: {};\n"
      "measured: {};\n"
      "of the curves before: {}\n",
      date, file, rows.label, account_of(sections), kept_sections(sections, before),
      measured_text(rows.measured), before.provenance);
}

/// The file of the chip, with curves of its own: other lines, notes and sources as they are.
std::string with_kernels(const std::string& path, const std::string& kernels, bool measured) {
  std::istringstream lines(config::read_document(path));
  std::string out, line;
  while (std::getline(lines, line)) {
    if (line.starts_with("kernels:")) line = "kernels: " + kernels;
    if (measured && line.starts_with("kernels_measured:")) line = "kernels_measured: true";
    out += line + "\n";
  }
  return out;
}

/// Chips besides `gpu` whose curves are in this file.
std::vector<std::string> sharing(const std::string& kernels, const std::string& gpu) {
  std::vector<std::string> out;
  for (const std::string& name : config::names_in("gpus")) {
    if (name == gpu) continue;
    const Gpu other = config::load<Gpu>(config::path_of("gpus", {name, {}})).value;
    if (other.kernels == kernels) out.push_back(name);
  }
  return out;
}

/// What `validate` prices such rows by follows them, where the chip has curves for that.
void refine_file_of_implementations(const std::string& name, const ChipRows& rows,
                                    const ShelvedChip& chip, const std::string& date,
                                    RefinedSubject& out) {
  Implementations all = chip.implementations;
  if (all.name != chip.gpu.name) return;
  if (refine_implementations(rows, chip.gpu, 1.0, date, all) == 0) return;
  out.files.push_back({"implementations/" + name + ".yaml", yaml_of(all)});
}

/// Steps are mostly GEMMs: with large ones measured and met, the kernels of a chip are. Assumed:
/// eight rows, and twice the error that measured chips are left with.
bool gemms_measured(const ChipRows& rows, const std::vector<RefinedSection>& sections) {
  constexpr long kEnough = 8;
  constexpr double kMet = 15.0;  // %
  const auto large =
      std::count_if(rows.gemm.front().begin(), rows.gemm.front().end(), [](const GemmRow& row) {
        return std::min({row.shape.m, row.shape.n, row.shape.k}) >= 1024.0;
      });
  const auto bf16 = std::find_if(sections.begin(), sections.end(),
                                 [](const RefinedSection& s) { return s.name == "GEMM bf16"; });
  return large >= kEnough && bf16 != sections.end() && bf16->after <= kMet;
}

RefinedSubject refined(const std::string& name, const ChipRows& rows, const std::string& date) {
  ChipShelf shelf;
  const std::string gpu_path = config::path_of("gpus", {name, {}});
  const Gpu gpu = config::load<Gpu>(gpu_path).value;
  const auto loaded = config::load<KernelCurves>(config::path_of("kernels", {gpu.kernels, {}}));
  const bool own = gpu_named(loaded.value.name) == name;
  KernelCurves curves = loaded.value;
  RefinedSubject out{.name = name};
  out.sections = refine_chip(rows, gpu, gpu.kernels_measured ? 1.0 : kBorrowed, curves);
  curves.provenance = provenance_of(rows, out.sections, loaded.value, gpu.kernels, date);
  if (!own) curves.name = rows.label;
  const std::string file = own ? gpu.kernels : name;
  out.files.push_back({"kernels/" + file + ".yaml",
                       "# Written by `fleetcast calibrate`; curves are fractions of the datasheet "
                       "in configs/gpus.\n" +
                           yaml_of(curves) + config::sources_yaml(loaded.source_texts)});
  if (own) {
    const std::vector<std::string> others = sharing(file, name);
    if (!others.empty()) out.note = "also read by " + joined(others);
  } else {
    const bool measured = gemms_measured(rows, out.sections);
    out.files.push_back({"gpus/" + name + ".yaml", with_kernels(gpu_path, file, measured)});
    out.note = "had the curves of " + gpu.kernels + " and now has its own";
  }
  refine_file_of_implementations(name, rows, *shelf.find(rows.label), date, out);
  return out;
}

}  // namespace

std::string account_of(const std::vector<RefinedSection>& sections) {
  std::string out;
  for (const RefinedSection& s : sections)
    out += fmt::format("{}: {} {}, error {:.1f} % before, {:.1f} % after;\n", s.name, s.rows,
                       s.rows == 1 ? "row" : "rows", s.before, s.after);
  return out;
}

Refinement refine_kernels(const KernelTables& tables, const std::string& date) {
  const SortedRows sorted = sort_rows(tables);
  Refinement out;
  out.skipped = sorted.skipped;
  for (const auto& [name, rows] : sorted.chips) out.subjects.push_back(refined(name, rows, date));
  return out;
}

}  // namespace fleetcast::fit
