// Why one fleet is smaller than another.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/number.hpp"
#include "sim/report/planning.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

constexpr std::size_t kCauses = 5;     ///< costs named for a pair
constexpr double kWorthNaming = 0.02;  ///< of the GPU time of the larger fleet

/// GPU-seconds of the fleet's job that train one token.
Seconds per_token(const Estimate& e) {
  return e.timeline.step_time * (double(e.plan.gpus()) / e.tokens_per_step);
}

Seconds per_token(const Estimate& e, Cost cost) {
  return per_token(e) * (e.timeline.breakdown[cost] / e.timeline.step_time);
}

FlopsPerSecond peak_of(const Estimate& e) { return e.model_flops_per_gpu / e.mfu; }

std::string factor(double value) { return fmt::format("{:.2f}", value); }

/// "gemm divided by 4.27 (71 % of the time before, 67 % after)" for the largest costs.
std::string causes_text(const Estimate& from, const Estimate& to) {
  std::vector<Cost> costs = costs_of(from.timeline.breakdown);
  std::erase_if(costs, [&](Cost c) { return per_token(from, c) < per_token(from) * kWorthNaming; });
  costs.resize(std::min(costs.size(), kCauses));
  std::string out;
  for (const Cost c : costs) {
    const double share = from.timeline.breakdown[c] / from.timeline.step_time;
    const double now = to.timeline.breakdown[c] / to.timeline.step_time;
    const double times = per_token(from, c) / per_token(to, c);
    const std::string change = !std::isfinite(times) ? "gone"
                               : times >= 1          ? "divided by " + factor(times)
                                                     : "times " + factor(1 / times);
    out += fmt::format("{}{} {} ({} of the time before, {} after)", out.empty() ? "" : ", ",
                       key_of(c), change, percent(share), percent(now));
  }
  return out;
}

std::vector<std::size_t> fleets_of(const FleetReport& report, std::size_t system) {
  std::vector<std::size_t> out;
  const std::vector<Fleet>& fleets = report.answer.fleets;
  for (std::size_t i = 0; i < fleets.size(); ++i)
    if (fleets[i].feasible && fleets[i].system == system) out.push_back(i);
  return out;
}

/// The identity behind pairing_text(): peak, MFU and the rest multiply to the ratio of GPUs.
struct Pairing {
  double gpus = 0, peak = 0, mfu = 0, rest = 0;
};

Pairing pairing_of(const Fleet& from, const Fleet& to) {
  const Estimate &a = from.estimate, &b = to.estimate;
  Pairing out{from.gpus / to.gpus, peak_of(b) / peak_of(a), b.mfu / a.mfu, 0};
  out.rest = out.gpus / (out.peak * out.mfu);
  return out;
}

TextTable pairings_table(const FleetReport& report, const std::vector<std::size_t>& from,
                         const std::vector<std::size_t>& to) {
  TextTable out{
      "GPUs of the first over GPUs of the second, as peak × MFU × the rest",
      {{"first"}, {"second"}, {"ratio", true}, {"peak", true}, {"MFU", true}, {"rest", true}},
      {}};
  for (const std::size_t a : from)
    for (const std::size_t b : to) {
      const Pairing p = pairing_of(report.answer.fleets[a], report.answer.fleets[b]);
      out.rows.push_back({fleet_name(report, a), fleet_name(report, b), factor(p.gpus),
                          factor(p.peak), factor(p.mfu), factor(p.rest)});
    }
  return out;
}

void add_pairings(const Planning& planning, Section& out) {
  if (!planning.fleets || planning.shown.size() < 2) return;
  const FleetReport& report = *planning.fleets;
  const auto& fleets = report.answer.fleets;
  const auto from = fleets_of(report, fleets[planning.shown.front()].system);
  const auto to = fleets_of(report, fleets[planning.shown.back()].system);
  out.blocks.push_back(pairings_table(report, from, to));
  const auto add = [&](std::size_t a, std::size_t b) {
    out.blocks.push_back(Paragraph{pairing_text(report, a, b)});
  };
  add(planning.shown.front(), planning.shown.back());
  for (const std::size_t a : from)
    for (const std::size_t b : to)
      if (a != planning.shown.front() || b != planning.shown.back()) add(a, b);
}

Chart waterfall_chart(const WaterfallReport& report) {
  const Waterfall& w = report.waterfall;
  Records bars;
  TextTable numbers{
      "What each change is worth",
      {{"change"}, {"times fewer", true}, {"GPUs", true}, {"alone", true}, {"last", true}},
      {}};
  for (const ChangeShare& share : largest_first(w)) {
    bars.push_back(Entries{
        {"title", share.change->title}, {"gpus", share.gpus}, {"factor", 1 / share.factor}});
    numbers.rows.push_back({std::string(share.change->title), times_fewer(share.factor),
                            signed_whole(share.gpus), times_fewer(share.alone),
                            times_fewer(share.last)});
  }
  numbers.rows.push_back(
      {"all of them", times_fewer(w.ratio()), signed_whole(w.to_gpus - w.from_gpus), "", ""});
  return {"waterfall",
          "From " + whole(w.from_gpus) + " " + short_name(report.from) + " in " +
              std::string(w.from.precision->key) + " to " + whole(w.to_gpus) + " " +
              short_name(report.to) + " in " + std::string(w.to.precision->key),
          waterfall_note(report),
          Entries{{"from", w.from_gpus},
                  {"to", w.to_gpus},
                  {"from_name", short_name(report.from)},
                  {"to_name", short_name(report.to)},
                  {"bars", std::move(bars)}},
          std::move(numbers)};
}

}  // namespace

std::string pairing_text(const FleetReport& report, std::size_t from, std::size_t to) {
  const Fleet &f = report.answer.fleets[from], &t = report.answer.fleets[to];
  const Estimate &a = f.estimate, &b = t.estimate;
  const Pairing p = pairing_of(f, t);
  const std::string there = short_name(report.subjects[to]);
  std::string out = fmt::format("{} against {}: {} GPUs. ", fleet_name(report, from),
                                fleet_name(report, to), ratio_text(p.gpus));
  out += fmt::format(
      "The dense {} peak of {} is {} times the {} peak of {}; of it the plan uses {} instead of {} "
      "(times {}); goodput, whole nodes and the days left to the deadline make up {}. ",
      t.precision->key, there, factor(p.peak), f.precision->key, short_name(report.subjects[from]),
      percent(b.mfu), percent(a.mfu), factor(p.mfu), factor(p.rest));
  return out + "GPU time for a token, by where it goes: " + causes_text(a, b) + ".";
}

Section why_section(const Planning& planning) {
  Section out{"why", "Why", {}};
  for (const WaterfallReport& report : planning.why) {
    out.blocks.push_back(Paragraph{answer_of(report) + "."});
    if (report.waterfall.is_complete() && !report.waterfall.shares.empty())
      out.blocks.push_back(waterfall_chart(report));
  }
  add_pairings(planning, out);
  return out;
}

}  // namespace fleetcast::report
