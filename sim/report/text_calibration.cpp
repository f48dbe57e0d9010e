#include <filesystem>

#include <fmt/format.h>

#include "sim/report/calibration.hpp"
#include "sim/report/number.hpp"
#include "sim/report/table.hpp"

namespace fleetcast::report {
namespace {

std::string error_text(double in_percent) { return fmt::format("{:.1f} %", in_percent); }

std::string rows_text(int rows) { return whole(rows) + (rows == 1 ? " row" : " rows"); }

std::string change_text(double before, double after) {
  return "error " + error_text(before) + " -> " + error_text(after);
}

/// Sections one by one while they fit in a line or two, their mean otherwise.
std::string answer(const fit::RefinedSubject& subject) {
  constexpr std::size_t kMost = 3;
  std::string out;
  int rows = 0;
  double before = 0.0, after = 0.0;
  for (const fit::RefinedSection& s : subject.sections) {
    out += (out.empty() ? "" : ", ") + rows_text(s.rows) + " of " + s.name + ": " +
           change_text(s.before, s.after);
    rows += s.rows;
    before += s.rows * s.before;
    after += s.rows * s.after;
  }
  if (subject.sections.size() > kMost)
    out = fmt::format("{} of {} kinds: {}", rows_text(rows), subject.sections.size(),
                      change_text(before / rows, after / rows));
  return subject.name + ": " + out;
}

std::string sections_text(const fit::RefinedSubject& subject, const Style& style) {
  std::vector<std::vector<std::string>> rows;
  for (const fit::RefinedSection& s : subject.sections)
    rows.push_back({s.name, whole(s.rows), error_text(s.before), error_text(s.after), s.moved});
  return "\n" +
         render({{subject.name}, {"rows", true}, {"before", true}, {"after", true}, {"moved most"}},
                rows, style);
}

std::string skipped_text(const fit::Refinement& all, const Style& style) {
  if (all.skipped.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const auto& [reason, count] : all.skipped) rows.push_back({whole(count), reason});
  return "\n" + render({{"skipped", true}, {"rows of"}}, rows, style) +
         (all.hint.empty() ? "" : wrapped(all.hint, 2, style));
}

/// Sections that the curves cannot follow: most likely the rows are not what their labels say.
std::string doubts_text(const fit::Refinement& all, const Style& style) {
  constexpr double kDoubtful = 25.0;  // %, three times what measured kernels leave
  std::string out;
  for (const fit::RefinedSubject& subject : all.subjects)
    for (const fit::RefinedSection& s : subject.sections)
      if (s.after > kDoubtful) out += (out.empty() ? "" : ", ") + subject.name + " " + s.name;
  if (out.empty()) return {};
  return "\n" + wrapped("Still off by more than 25 %: " + out +
                            ". Are the GPU, the link and the times of these rows right?",
                        2, style);
}

std::string files_text(const fit::Refinement& all, const std::string& folder, const Style& style) {
  std::vector<std::vector<std::string>> rows;
  for (const fit::RefinedSubject& subject : all.subjects)
    for (const fit::NewFile& file : subject.files)
      rows.push_back({(std::filesystem::path(folder) / file.name).string(),
                      &file == subject.files.data() ? subject.note : std::string()});
  return "\n" + render({{"written"}, {""}}, rows, style);
}

}  // namespace

std::string calibration_text(const fit::Refinement& all, const std::string& folder,
                             const Style& style) {
  std::string out;
  for (const fit::RefinedSubject& subject : all.subjects) out += headline(answer(subject), style);
  for (const fit::RefinedSubject& subject : all.subjects) out += sections_text(subject, style);
  out += doubts_text(all, style);
  out += skipped_text(all, style);
  out += files_text(all, folder, style);
  return out + "\nTo forecast with them: fleetcast estimate SCENARIO --configs '" + folder + "'\n";
}

Listing calibration_listing(const fit::Refinement& all) {
  Listing out{"calibration",
              {"subject", "section", "rows", "error_before", "error_after", "moved"},
              {},
              {}};
  for (const fit::RefinedSubject& subject : all.subjects)
    for (const fit::RefinedSection& s : subject.sections)
      out.rows.push_back({subject.name, s.name, static_cast<double>(s.rows), s.before / 100.0,
                          s.after / 100.0, s.moved});
  return out;
}

}  // namespace fleetcast::report
