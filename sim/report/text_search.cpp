#include <fmt/format.h>

#include <algorithm>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// What a step uses, in the objective's unit.
std::string use_text(const Objective& objective, double use) {
  if (&objective == &kStepEnergy) return energy(Joules{use});
  if (&objective == &kStepCost) return "$" + three_digits(use);
  return duration(Seconds{use});
}

std::string answer(const SearchReport& report) {
  const std::string fleet = whole(report.gpus) + " " + short_name(report.subject);
  const SearchResult& result = report.result;
  if (result.ranked.empty()) return "No plan runs on " + fleet;
  const Estimate& best = result.ranked.front();
  if (result.objectives.size() > 1)
    return fmt::format("{} {} on {} no other beats in everything",
                       whole(double(result.ranked.size())),
                       result.ranked.size() == 1 ? "plan" : "plans", fleet);
  const Objective& objective = *result.objectives.front();
  std::string out = use_text(objective, result.use.front().front()) + " a step at best on " + fleet;
  if (&objective != &kStepTime) out += ", in " + duration(best.timeline.step_time);
  return out + ", MFU " + percent(best.mfu);
}

/// Objectives beside time, which every table has.
std::vector<std::size_t> other_objectives(const SearchResult& result) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < result.objectives.size(); ++i)
    if (result.objectives[i] != &kStepTime) out.push_back(i);
  return out;
}

bool mixes_precisions(const SearchResult& result) {
  return std::any_of(result.ranked.begin(), result.ranked.end(), [&](const Estimate& e) {
    return e.precision != result.ranked.front().precision;
  });
}

std::string ranking(const SearchReport& report, const Style& style) {
  const SearchResult& result = report.result;
  if (result.ranked.empty()) return {};
  const std::vector<std::size_t> others = other_objectives(result);
  const bool mixed = mixes_precisions(result);
  std::vector<Column> columns{{"", true}, {"step, s", true}, {"ratio", true}};
  for (const std::size_t i : others)
    columns.push_back({std::string(result.objectives[i]->key), true});
  for (const char* name : {"MFU", "GiB"}) columns.push_back({name, true});
  columns.push_back({"plan"});
  Rows rows;
  for (std::size_t i = 0; i < result.ranked.size(); ++i) {
    const Estimate& e = result.ranked[i];
    rows.push_back({std::to_string(i + 1), three_digits(e.timeline.step_time.base()),
                    fmt::format("{:.3f}", result.use[i].front() / result.use.front().front())});
    for (const std::size_t k : others)
      rows.back().push_back(use_text(*result.objectives[k], result.use[i][k]));
    rows.back().push_back(percent(e.mfu));
    rows.back().push_back(gib(e.memory.total()));
    rows.back().push_back((mixed ? std::string(e.precision->key) + ", " : "") + plan_text(e.plan));
  }
  return "\n" + render(columns, rows, style);
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

/// "1 2 4 8", "1 to 48", "1 to 1,536 (20 sizes)".
std::string sizes_text(std::string_view key, const std::vector<int>& sizes) {
  constexpr std::size_t kListed = 8;
  std::string out(key);
  if (sizes.size() <= kListed) {
    for (const int size : sizes) out += " " + std::to_string(size);
    return out;
  }
  out += " " + whole(sizes.front()) + " to " + whole(sizes.back());
  const bool all = sizes.back() - sizes.front() + 1 == static_cast<int>(sizes.size());
  return all ? out : fmt::format("{} ({} sizes)", out, sizes.size());
}

std::string space_text(const Space& space) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  for (const auto& [key, sizes] : dimensions_of(space)) add(sizes_text(key, sizes));
  std::string schedules;
  for (const Schedule* schedule : space.schedule)
    schedules += (schedules.empty() ? "" : " ") + std::string(schedule->key);
  add(schedules);
  add(fmt::format("{} set{} recomputed{}", space.recompute.size(),
                  space.recompute.size() == 1 ? "" : "s",
                  space.some_layers ? " or some layers of each chunk" : ""));
  if (space.idle > 0) add("up to " + percent(space.idle) + " of the GPUs idle");
  if (space.sequence_parallel.size() > 1) add("with and without sequence parallelism");
  return out;
}

std::string counts_text(const SearchResult& result, const Style& style) {
  const SearchCounts& counts = result.counts;
  const std::string proof =
      counts.proven_optimal ? "the best is proven best in this space" : "none can run";
  std::string out = "\n" +
                    wrapped(fmt::format("{} plans: {} priced, {} pruned by a bound; {}.",
                                        whole(double(counts.plans)), whole(double(counts.priced)),
                                        whole(double(counts.pruned)), proof),
                            0, style) +
                    wrapped("Space: " + space_text(result.space), 0, style);
  std::vector<RefusedPlans> refused = counts.refused;
  std::stable_sort(refused.begin(), refused.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  Rows rows;
  for (const RefusedPlans& some : refused)
    rows.push_back({whole(double(some.count)), "at best: " + misfit_text(some.example)});
  if (rows.empty()) return out;
  return out + "\n" + render({{"refused", true}, {"because"}}, rows, style);
}

std::string precisions_text(const SearchReport& report) {
  std::string out;
  for (const std::string_view key : report.precisions)
    out += (out.empty() ? "" : ", ") + std::string(key);
  return out;
}

}  // namespace

std::string to_text(const SearchReport& report, const Style& style) {
  const std::string subject =
      report.subject.model + " in " + precisions_text(report) + ", " + report.subject.stack;
  return headline(answer(report), style) + wrapped(subject, 0, style) + ranking(report, style) +
         own_text(report, style) + counts_text(report.result, style);
}

}  // namespace fleetcast::report
