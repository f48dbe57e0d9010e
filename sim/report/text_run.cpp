#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// A decimal more than days(): runs of a job differ in those.
std::string day_text(double count) {
  return count >= 9.95 ? fmt::format("{:.1f} days", count) : days(count);
}

std::string answer(const RunReport& report) {
  const RunStatistics& runs = report.runs;
  std::string out = day_text(runs.days.p50) + " p50, " + day_text(runs.days.p90) + " p90 of " +
                    whole(double(runs.runs)) + " simulated runs on " +
                    whole(report.step.estimate.plan.gpus()) + " " +
                    short_name(report.step.subject) + "; goodput " + percent(runs.goodput);
  if (runs.given_up > 0)
    out += "; " + whole(double(runs.given_up)) + " of the runs had not ended after " +
           days(report.job.give_up / kDay);
  return out;
}

/// Parts that are there, but useful work, largest first.
std::vector<JobPart> losses(const RunStatistics& runs) {
  std::vector<JobPart> out;
  for (std::size_t p = 0; p < kJobParts; ++p)
    if (const auto part = static_cast<JobPart>(p);
        part != JobPart::kTraining && runs.days_in(part) > 0.0)
      out.push_back(part);
  std::stable_sort(out.begin(), out.end(),
                   [&](JobPart a, JobPart b) { return runs.days_in(a) > runs.days_in(b); });
  return out;
}

std::string reason(const RunReport& report, const Style& style) {
  const RunStatistics& runs = report.runs;
  std::string text = "Without interruptions it is " +
                     day_text(double(report.job.steps) * report.job.step_time / kDay);
  const std::vector<JobPart> parts = losses(runs);
  for (std::size_t i = 0; i < std::min<std::size_t>(parts.size(), 3); ++i)
    text += (i == 0 ? "; " : ", ") + std::string(key_of(parts[i])) + " adds " +
            days(runs.days_in(parts[i]));
  std::string out = wrapped(text, 0, style);
  const Forecast& run = report.step.estimate.run;
  if (run.p90_step > run.p10_step) {
    const double p50 = runs.days.p50 / report.job.step_time.base();
    out += wrapped("The error of the step's own forecast, " + duration(run.p10_step) + " to " +
                       duration(run.p90_step) + ", is not in it: it moves p50 to " +
                       day_text(p50 * run.p10_step.base()) + " or " +
                       day_text(p50 * run.p90_step.base()),
                   0, style);
  }
  if (!report.step.subject.note.empty())
    out += wrapped("Note: " + report.step.subject.note, 0, style);
  return out;
}

std::string section(std::string_view title, const Style& style) {
  return "\n" + bold(title, style) + "\n";
}

std::string breakdown_text(const RunReport& report, const Style& style) {
  const RunStatistics& runs = report.runs;
  // Four digits of the length, and as many places in its parts: they can be added up by eye.
  const int places = std::clamp(3 - static_cast<int>(std::floor(std::log10(runs.mean_days))), 0, 9);
  const auto row = [&](std::string_view key, double part, std::string_view meaning) {
    return std::vector<std::string>{std::string(key), fmt::format("{:.{}f}", part, places),
                                    fmt::format("{:.1f} %", 100.0 * part / runs.mean_days),
                                    std::string(meaning)};
  };
  Rows rows{row(key_of(JobPart::kTraining), runs.days_in(JobPart::kTraining),
                meaning_of(JobPart::kTraining))};
  for (const JobPart part : losses(runs))
    rows.push_back(row(key_of(part), runs.days_in(part), meaning_of(part)));
  rows.push_back(row("run", runs.mean_days, "mean of all runs"));
  return section("Where the time goes, days", style) +
         render({{""}, {"", true}, {"", true}, {""}}, rows, style);
}

std::vector<std::size_t> worst_first(const std::vector<double>& counts) {
  std::vector<std::size_t> out(counts.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  return out;
}

std::string interruptions_text(const RunReport& report, const Style& style) {
  const RunStatistics& runs = report.runs;
  const double all = runs.all_interruptions();
  if (!(all > 0.0)) return {};
  const auto row = [&](const std::string& name, double count) {
    return std::vector<std::string>{name, three_digits(count), percent(count / all),
                                    count > 0.0 ? duration(runs.mean_days / count * kDay) : ""};
  };
  Rows rows;
  for (const std::size_t c : worst_first(runs.interruptions))
    rows.push_back(row(report.job.components[c].name, runs.interruptions[c]));
  rows.push_back(row("all", all));
  return section("Interruptions", style) +
         render({{"cause"}, {"a run", true}, {"share", true}, {"one every", true}}, rows, style);
}

std::string spares_text(const RunReport& report) {
  const Spread& out = report.runs.nodes_out;
  const std::string held =
      report.job.spares == kUnlimited ? "as many as it takes" : whole(report.job.spares) + " nodes";
  return held + "; out of service at once: " + whole(out.p50) + " p50, " + whole(out.p90) +
         " p90, " + whole(out.most) + " at most";
}

std::string run_text(const RunReport& report, const Style& style) {
  const JobSpec& job = report.job;
  const RunStatistics& runs = report.runs;
  Rows rows{
      {"days", day_text(runs.mean_days) + " mean +- " + three_digits(runs.mean_days_error) +
                   ", p10 " + day_text(runs.days.p10) + ", longest " + day_text(runs.days.most)},
      {"closed form", day_text(report.closed_form_days) +
                          " (Daly 2006: constant rates, spares at hand, no maintenance)"},
      {"steps", whole(double(job.steps)) + " of " + duration(job.step_time)},
      {"checkpoints", "every " + whole(double(job.checkpoint_steps)) + " steps, " +
                          duration(double(job.checkpoint_steps) * job.step_time) + "; " +
                          whole(runs.checkpoints) + " a run"},
      {"spares", spares_text(report)}};
  if (job.maintenance_every > Seconds{})
    rows.push_back({"maintenance", "every " + duration(job.maintenance_every) + ", " +
                                       three_digits(runs.maintenances) + " a run"});
  if (runs.resizes > 0.0) rows.push_back({"resizes", three_digits(runs.resizes) + " a run"});
  rows.push_back({"simulated", amount(runs.events) + " events, clock of " + duration(kTick) +
                                   ", seed " + whole(double(report.seed))});
  return section("Run", style) + render({{""}, {""}}, rows, style);
}

}  // namespace

std::string to_text(const RunReport& report, const Style& style) {
  return headline(answer(report), style) + reason(report, style) + breakdown_text(report, style) +
         interruptions_text(report, style) + run_text(report, style);
}

}  // namespace fleetcast::report
