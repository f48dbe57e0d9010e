#include <fmt/format.h>

#include <algorithm>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kCauses = 4;

/// "6,880 h100-80gb-sxm in bf16 (8,000 claimed)" for each claim.
std::string claimed_answer(const FleetReport& report) {
  std::string out;
  for (const ClaimCheck& claim : report.claims)
    for (const ClaimAnswer& ours : claim.answers)
      if (ours.precision == claim.nearest)
        out += (out.empty() ? "" : ", or ") + whole(ours.gpus) + " " + claim.system + " in " +
               std::string(ours.precision->key) + " (" + whole(claim.gpus) + " claimed)";
  return out;
}

std::string fleets_text(const FleetReport& report, const Style& style) {
  Rows rows;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i) {
    const Fleet& fleet = report.answer.fleets[i];
    std::vector<std::string>& row = rows.emplace_back(fleet_cells(fleet));
    row.insert(row.begin(), {report.subjects[i].system, std::string(fleet.precision->key)});
  }
  std::vector<Column> columns = fleet_columns();
  columns.insert(columns.begin(), {{"system"}, {"precision"}});
  return "\n" + render(columns, rows, style);
}

std::string name_of(const FleetReport& report, std::size_t i) {
  return report.subjects[i].system + " " + std::string(report.answer.fleets[i].precision->key);
}

std::string why_not_text(const FleetReport& report, const Style& style) {
  Rows rows;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i)
    if (!report.answer.fleets[i].feasible)
      rows.push_back({name_of(report, i), report.answer.fleets[i].why_not});
  return rows.empty() ? "" : "\n" + render({{"none on"}, {"because"}}, rows, style);
}

/// The four largest costs: "gemm 61 %, bubble 9 %".
std::string causes_of(const Timeline& timeline) {
  std::vector<Cost> costs = costs_of(timeline.breakdown);
  costs.resize(std::min(costs.size(), kCauses));
  std::string out;
  for (const Cost cost : costs)
    out += (out.empty() ? "" : ", ") + std::string(key_of(cost)) + " " +
           fmt::format("{:.0f} %", 100.0 * (timeline.breakdown[cost] / timeline.step_time));
  return out;
}

std::string plans_text(const FleetReport& report, const Style& style) {
  std::string out;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i) {
    const Fleet& fleet = report.answer.fleets[i];
    if (!fleet.feasible) continue;
    const Estimate& e = fleet.estimate;
    out += wrapped(name_of(report, i) + ": " + duration(e.timeline.step_time) + " a step, " +
                       gib(e.memory.total()) + " of " + gib(e.memory_usable) + " GiB a GPU",
                   2, style);
    out += wrapped(plan_text(e.plan), 4, style) + wrapped(causes_of(e.timeline), 4, style);
    if (fleet.smaller.days > 0)
      out += wrapped("proven smallest: " + whole(fleet.smaller.gpus) + " GPUs take " +
                         days(fleet.smaller.days) + " at best",
                     4, style);
  }
  return out.empty() ? out : "\n" + bold("Plans", style) + "\n" + out;
}

/// Fleets by another amount of training or another deadline, a column each.
std::string jobs_text(const FleetReport& report, const std::vector<OtherJob>& jobs,
                      const char* title, std::string (*name)(const OtherJob&), const Style& style) {
  if (jobs.empty()) return {};
  std::vector<Column> columns{{title}};
  for (const OtherJob& job : jobs) {
    std::string column = name(job);
    std::erase(column, ' ');  // one word stays on one line
    columns.push_back({std::move(column), true});
  }
  Rows rows;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i) {
    if (!report.answer.fleets[i].feasible) continue;
    std::vector<std::string>& row = rows.emplace_back();
    row.push_back(name_of(report, i));
    for (const OtherJob& job : jobs) row.push_back(job.gpus[i] > 0 ? whole(job.gpus[i]) : "none");
  }
  return "\n" + render(columns, rows, style);
}

std::string curve_text(const FleetReport& report, const Style& style) {
  Rows rows;
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i) {
    std::string name = name_of(report, i);
    for (const FleetPoint& point : report.answer.fleets[i].curve) {
      const Forecast& run = point.estimate.run;
      if (point.days > 0)
        rows.push_back({name, whole(point.gpus), three_digits(run.days), three_digits(run.p10_days),
                        three_digits(run.p90_days), power(run.power), money(run.cost),
                        percent(point.estimate.mfu)});
      else
        rows.push_back({name, whole(point.gpus), "none", "", "", "", "", ""});
      name.clear();
    }
  }
  if (rows.empty()) return {};
  return "\n" + render({{"fleet at its best"},
                        {"GPUs", true},
                        {"days", true},
                        {"p10", true},
                        {"p90", true},
                        {"power", true},
                        {"rental", true},
                        {"MFU", true}},
                       rows, style);
}

std::string notes_text(const FleetReport& report, const Style& style) {
  std::vector<std::string> notes;
  for (const Subject& subject : report.subjects)
    if (!subject.note.empty() && std::find(notes.begin(), notes.end(), subject.note) == notes.end())
      notes.push_back(subject.note);
  std::string out;
  for (const std::string& note : notes) out += wrapped("Note: " + note, 0, style);
  return out.empty() ? out : "\n" + out;
}

}  // namespace

std::vector<Column> fleet_columns() {
  return {{"GPUs", true}, {"p10", true},   {"p90", true},   {"days", true},
          {"MFU", true},  {"power", true}, {"rental", true}};
}

std::vector<std::string> fleet_cells(const Fleet& fleet) {
  if (!fleet.feasible) return {"none", "", "", "", "", "", ""};
  const Forecast& run = fleet.estimate.run;
  return {whole(fleet.gpus),      whole(fleet.p10_gpus),       whole(fleet.p90_gpus),
          three_digits(run.days), percent(fleet.estimate.mfu), power(run.power),
          money(run.cost)};
}

std::vector<std::size_t> smallest_fleets(const FleetReport& report) {
  std::vector<std::size_t> out;
  const std::vector<Fleet>& fleets = report.answer.fleets;
  for (std::size_t i = 0; i < fleets.size(); ++i) {
    if (!fleets[i].feasible) continue;
    const auto same = std::find_if(out.begin(), out.end(), [&](std::size_t o) {
      return fleets[o].system == fleets[i].system;
    });
    if (same == out.end())
      out.push_back(i);
    else if (fleets[i].gpus < fleets[*same].gpus)
      *same = i;
  }
  return out;
}

std::string answer_of(const FleetReport& report) {
  const std::string deadline = days(report.deadline / kDay);
  if (const std::string claimed = claimed_answer(report); !claimed.empty())
    return deadline + " take " + claimed;
  std::string fleets;
  for (const std::size_t i : smallest_fleets(report))
    fleets += (fleets.empty() ? "" : ", or ") + whole(report.answer.fleets[i].gpus) + " " +
              short_name(report.subjects[i]) + " in " +
              std::string(report.answer.fleets[i].precision->key);
  if (fleets.empty()) return "No fleet meets the deadline of " + deadline;
  return deadline + " take " + fleets;
}

std::string to_text(const FleetReport& report, const Style& style) {
  std::string out = headline(answer_of(report), style);
  if (!report.subjects.empty()) {
    const Subject& s = report.subjects.front();
    out += wrapped(s.model + ", " + amount(s.tokens) + " tokens in sequences of " +
                       whole(s.seq_len) + ", " + s.stack,
                   0, style);
  }
  out += fleets_text(report, style) + why_not_text(report, style) + notes_text(report, style);
  out += claims_text(report.claims, style) + plans_text(report, style);
  out += jobs_text(
      report, report.answer.deadlines, "GPUs, by deadline",
      [](const OtherJob& job) { return days(job.deadline / kDay); }, style);
  out += jobs_text(
      report, report.answer.tokens, "GPUs, by tokens",
      [](const OtherJob& job) { return amount(job.tokens); }, style);
  return out + curve_text(report, style);
}

}  // namespace fleetcast::report
