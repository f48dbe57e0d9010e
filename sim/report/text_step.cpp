#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kMostStages = 16;

std::string title(std::string_view text, const Style& style) {
  return "\n" + bold(text, style) + "\n";
}

std::string answer(const StepReport& r) {
  const Seconds step = r.simulated.timeline.step_time;
  const double over = step / r.analytic.step_time - 1.0;
  std::string text = duration(step) + " a step on " + whole(r.plan.gpus()) + " " +
                     short_name(r.subject) + ", MFU " + percent(r.mfu) + ": ";
  if (std::abs(over) < 0.0005) return text + "as formulas say";
  return text + fmt::format("{:.1f} % {} than formulas say ({})", 100.0 * std::abs(over),
                            over > 0 ? "longer" : "shorter", duration(r.analytic.step_time));
}

/// The costs that moved most, in words.
std::string reason(const StepReport& r) {
  const Breakdown& events = r.simulated.timeline.breakdown;
  const auto moved = [&](Cost c) { return events[c] - r.analytic.breakdown[c]; };
  std::vector<Cost> costs;
  for (int i = 0; i < kCostCount; ++i)
    if (std::abs(moved(static_cast<Cost>(i)) / r.analytic.step_time) >= 0.0005)
      costs.push_back(static_cast<Cost>(i));
  std::stable_sort(costs.begin(), costs.end(), [&](Cost a, Cost b) {
    return std::abs(moved(a).base()) > std::abs(moved(b).base());
  });
  if (costs.empty()) return {};
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, costs.size()); ++i) {
    const Seconds by = moved(costs[i]);
    out += std::string(out.empty() ? "" : ", ") + std::string(key_of(costs[i])) + " " +
           (by > Seconds{} ? "+" : "-") + duration(Seconds{std::abs(by.base())});
  }
  return "Because of " + out;
}

std::string subject(const StepReport& r, const Style& style) {
  const step::Simulated& s = r.simulated;
  std::string played = r.folded
                           ? fmt::format("Played folded: {} ranks stand for all", whole(s.ranks))
                           : fmt::format("Played in full: all {} ranks", whole(s.ranks));
  played += fmt::format(", {} events", amount(double(s.events)));
  if (!r.contention) played += ", links not shared";
  if (s.outages > 0) played += fmt::format(", {} link outages", s.outages);
  std::string out = wrapped(r.subject.model + " in " + std::string(r.precision->key) + ", " +
                                r.subject.stack + "; " + plan_text(r.plan),
                            0, style);
  const std::string why = reason(r);
  if (!why.empty()) out += wrapped(why, 0, style);
  return out + wrapped(played, 0, style);
}

std::string breakdown(const StepReport& r, const Style& style) {
  const Timeline& events = r.simulated.timeline;
  const int places =
      std::clamp(3 - static_cast<int>(std::floor(std::log10(events.step_time.base()))), 0, 9);
  Rows rows;
  const auto add = [&](std::string_view key, Seconds own, Seconds formula,
                       std::string_view meaning) {
    rows.push_back({std::string(key), fmt::format("{:.{}f}", own.base(), places),
                    fmt::format("{:.{}f}", formula.base(), places), std::string(meaning)});
  };
  Breakdown both = events.breakdown;
  both += r.analytic.breakdown;
  for (const Cost cost : costs_of(both))
    add(key_of(cost), events.breakdown[cost], r.analytic.breakdown[cost], meaning_of(cost));
  add("step", events.step_time, r.analytic.step_time, "of the busiest stage");
  return title("Where the step goes, seconds", style) +
         render({{""}, {"events", true}, {"formulas", true}, {""}}, rows, style);
}

std::string links(const StepReport& r, const Style& style) {
  const step::Simulated& s = r.simulated;
  Rows rows;
  for (std::size_t t = 0; t < r.tiers.size(); ++t)
    rows.push_back({r.tiers[t], percent(s.bounds.mean_links[t] / s.timeline.step_time),
                    duration(s.delay[t] / double(s.ranks))});
  return title("Links of a GPU: how busy, and what sharing them adds to transfers", style) +
         render({{"tier"}, {"busy", true}, {"sharing", true}}, rows, style);
}

std::string bounds(const StepReport& r, const Style& style) {
  const step::Bounds& b = r.simulated.bounds;
  Rows rows{{"kernels of the busiest stage", duration(b.compute)},
            {"one micro-batch through all stages and back", duration(b.path)}};
  for (std::size_t t = 0; t < r.tiers.size(); ++t)
    if (b.links[t] > Seconds{})
      rows.push_back({"bytes of the busiest stage over " + r.tiers[t], duration(b.links[t])});
  return title("No step is shorter than", style) + render({{""}, {"", true}}, rows, style);
}

std::string stages(const StepReport& r, const Style& style) {
  const std::vector<step::StageUse>& all = r.simulated.stages;
  if (all.size() < 2) return {};
  Rows rows;
  const std::size_t every = (all.size() + kMostStages - 1) / kMostStages;
  for (std::size_t s = 0; s < all.size(); s += every)
    rows.push_back({whole(double(s)), duration(all[s].worked), duration(all[s].in_transit),
                    duration(all[s].waited)});
  return title("Stages of the pipeline, mean over their GPUs", style) +
         render({{"stage", true},
                 {"worked", true},
                 {"waited for transfers", true},
                 {"for other stages", true}},
                rows, style);
}

}  // namespace

std::string to_text(const StepReport& r, const Style& style) {
  return headline(answer(r), style) + subject(r, style) + breakdown(r, style) + links(r, style) +
         bounds(r, style) + stages(r, style);
}

std::string to_text(const CollectiveReport& r, const Style& style) {
  std::string out =
      headline(duration(r.time) + " for " + std::string(r.op) + " of " + bytes(r.payload) +
                   " over " + whole(r.ranks) + " " + short_name(r.subject) + ", " +
                   three_digits(r.bus.base() / 1e9) + " GB/s on the bus",
               style);
  out += wrapped("By " + std::string(r.algorithm) + ", " + amount(double(r.messages)) +
                     " messages played one by one; the formula says " + duration(r.analytic),
                 0, style);
  if (r.slow_ranks > 0)
    out += wrapped(whole(r.slow_ranks) + " ranks have slow links, and all wait for them", 0, style);
  return out;
}

}  // namespace fleetcast::report
