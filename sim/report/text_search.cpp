#include <fmt/format.h>

#include <algorithm>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string answer(const SearchReport& report) {
  const std::string fleet = whole(report.gpus) + " " + short_name(report.subject);
  if (report.result.ranked.empty()) return "No plan runs on " + fleet;
  const Estimate& best = report.result.ranked.front();
  return duration(best.timeline.step_time) + " a step at best on " + fleet + ", MFU " +
         percent(best.mfu);
}

std::string ranking(const SearchReport& report, const Style& style) {
  const std::vector<Estimate>& ranked = report.result.ranked;
  if (ranked.empty()) return {};
  Rows rows;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const Estimate& e = ranked[i];
    const double ratio = e.timeline.step_time / ranked.front().timeline.step_time;
    rows.push_back({std::to_string(i + 1), three_digits(e.timeline.step_time.base()),
                    fmt::format("{:.3f}", ratio), percent(e.mfu), gib(e.memory.total()),
                    plan_text(e.plan)});
  }
  return "\n" + render({{"", true},
                        {"step, s", true},
                        {"ratio", true},
                        {"MFU", true},
                        {"GiB", true},
                        {"plan"}},
                       rows, style);
}

std::string own_text(const SearchReport& report, const Style& style) {
  const SearchResult& result = report.result;
  if (!(result.own_ratio > 0)) return {};
  return "\n" +
         wrapped(fmt::format("The scenario's own plan takes {:.3f} times the best: {} a step, MFU "
                             "{}; {}",
                             result.own_ratio, duration(result.own.timeline.step_time),
                             percent(result.own.mfu), plan_text(result.own.plan)),
                 0, style);
}

std::string space_text(const SearchCounts& counts, const Style& style) {
  const std::string proof =
      counts.proven_optimal ? "the best is proven best in this space" : "none can run";
  std::string out =
      "\n" + wrapped(fmt::format("{} plans: {} priced, {} pruned by a bound; {}.",
                                 whole(double(counts.plans)), whole(double(counts.priced)),
                                 whole(double(counts.pruned)), proof),
                     0, style);
  std::vector<RefusedPlans> refused = counts.refused;
  std::stable_sort(refused.begin(), refused.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  Rows rows;
  for (const RefusedPlans& some : refused)
    rows.push_back({whole(double(some.count)), "such as: " + misfit_text(some.example)});
  if (rows.empty()) return out;
  return out + "\n" + render({{"refused", true}, {"because"}}, rows, style);
}

}  // namespace

std::string to_text(const SearchReport& report, const Style& style) {
  const std::string subject = report.subject.model + ", " + report.subject.stack;
  return headline(answer(report), style) + wrapped(subject, 0, style) + ranking(report, style) +
         own_text(report, style) + space_text(report.result.counts, style);
}

}  // namespace fleetcast::report
