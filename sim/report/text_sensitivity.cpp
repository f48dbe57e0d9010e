#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr double kBar = 20;  ///< characters of the longest bar
constexpr std::size_t kNamed = 3;
constexpr double kLeastShare = 0.005;  ///< of the step, of a kernel that is shown

double moved(const Reply& reply, const Sensitivities& s) { return reply.time / s.time - 1.0; }

/// Sorts what keeps a plan from running before all times.
double swing(const Sensitivity& row, const Sensitivities& s) {
  if (!row.less.misfit.fits() || !row.more.misfit.fits()) return INFINITY;
  return std::max(std::abs(moved(row.less, s)), std::abs(moved(row.more, s)));
}

std::string answer(const SensitivityReport& report) {
  const Sensitivities& s = report.sensitivities;
  std::string out =
      (s.of_run ? "The run takes " + days(s.time / kDay) : "A step takes " + duration(s.time)) +
      " on " + whole(s.estimate.fleet_gpus) + " " + short_name(report.subject);
  const Timeline& timeline = s.estimate.timeline;
  std::vector<Cost> costs = costs_of(timeline.breakdown);
  if (costs.size() > kNamed) costs.resize(kNamed);
  const char* joint = ": ";
  for (const Cost cost : costs) {
    out += joint + std::string(key_of(cost)) + " " +
           percent(timeline.breakdown[cost] / timeline.step_time);
    joint = ", ";
  }
  return out;
}

std::string tornado(const Sensitivities& s, const Style& style) {
  const std::vector<Sensitivity> rows = largest_first(s);
  double longest = 0;
  for (const Sensitivity& row : rows)
    if (const double d = swing(row, s); std::isfinite(d)) longest = std::max(longest, d);
  const std::string change = percent(s.change);
  Rows cells;
  for (const Sensitivity& row : rows) {
    const double d = swing(row, s);
    const double length = std::isfinite(d) && longest > 0 ? kBar * d / longest : 0.0;
    cells.push_back({std::string(row.parameter->title), reply_text(row.less, s),
                     reply_text(row.more, s),
                     std::string(static_cast<std::size_t>(std::lround(length)), '#')});
  }
  return render({{"time with"}, {change + " less", true}, {change + " more", true}, {""}}, cells,
                style);
}

/// Shares of the step by what bounds its kernels.
std::string bounds_text(const Sensitivities& s, const Style& style) {
  std::string out = "Of the step";
  for (const Bound bound : {Bound::kCompute, Bound::kMemory, Bound::kLatency}) {
    Seconds time{};
    for (const KernelRoof& k : s.kernels)
      if (k.bound == bound) time += k.time;
    out += (bound == Bound::kCompute ? " " : ", ") + percent(time / s.estimate.timeline.step_time) +
           " is bound by " + std::string(key_of(bound));
  }
  return wrapped(out + "; the rest is not in these kernels.", 0, style);
}

std::string kernels_text(const Sensitivities& s, const Style& style) {
  Rows cells;
  for (const KernelRoof& k : s.kernels) {
    const double share = k.time / s.estimate.timeline.step_time;
    if (share < kLeastShare) continue;
    cells.push_back({k.name, percent(share), whole(k.intensity.base()), whole(k.ridge.base()),
                     std::string(key_of(k.bound)), percent(k.reached)});
  }
  if (cells.empty()) return {};
  return "\n" +
         render({{"kernel"},
                 {"of step", true},
                 {"FLOP/byte", true},
                 {"ridge", true},
                 {"bound by"},
                 {"reached", true}},
                cells, style) +
         "\n" + bounds_text(s, style);
}

}  // namespace

std::string reply_text(const Reply& reply, const Sensitivities& s) {
  if (!reply.misfit.fits()) return "does not run";
  const std::string text = fmt::format("{:+.1f} %", 100.0 * moved(reply, s));
  return text == "-0.0 %" || text == "+0.0 %" ? "0.0 %" : text;
}

std::vector<Sensitivity> largest_first(const Sensitivities& s) {
  std::vector<Sensitivity> out = s.rows;
  std::stable_sort(out.begin(), out.end(), [&](const Sensitivity& a, const Sensitivity& b) {
    return swing(a, s) > swing(b, s);
  });
  return out;
}

std::string to_text(const SensitivityReport& report, const Style& style) {
  const Sensitivities& s = report.sensitivities;
  std::string out = headline(answer(report), style) + "\n" + tornado(s, style) + "\n";
  out += wrapped(std::string(s.chosen.searched ? "The best plan" : "The scenario's plan") +
                     " stays as it is: " + plan_text(s.chosen.plan),
                 0, style);
  out += kernels_text(s, style);
  for (const ClaimCheck& claim : report.claims)
    out += "\n" +
           wrapped(claim.system + ", " + whole(claim.gpus) + " claimed. " + claim_needs_text(claim),
                   0, style);
  return out;
}

std::string to_text(const BreakEven& report, const Style& style) {
  const auto row = [&](const char* which, const BreakEven::At& at) {
    return std::vector<std::string>{which, at.value,
                                    at.metric ? fmt::format("{:.4g}", *at.metric) : "no plan runs"};
  };
  const std::string way = (report.factor > 1) == report.holds_now ? "up to " : "from ";
  return headline(report.condition + " holds " + way + report.field + " = " + report.there.value +
                      fmt::format(", {:.3g} times the present ", report.factor) +
                      report.present.value,
                  style) +
         "\n" +
         render({{""}, {report.field, true}, {report.metric, true}},
                {row("present", report.present), row("break-even", report.there)}, style);
}

}  // namespace fleetcast::report
