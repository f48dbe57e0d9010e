#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr double kNoticed = 1.005;  ///< a factor that a reader would call one
constexpr std::size_t kListed = 8;  ///< mixtures without a fleet
constexpr double kBar = 18;         ///< characters of the longest bar

std::string side(const Subject& subject, const Setup& setup, double gpus) {
  return whole(gpus) + " " + short_name(subject) + " in " + std::string(setup.precision->key);
}

/// The share of the whole ratio, from right to left where it takes from it.
std::string bar(double factor, double longest) {
  const auto length =
      static_cast<std::size_t>(std::lround(kBar * std::abs(std::log(factor)) / longest));
  return std::string(length, factor < 1 ? '#' : '-');
}

std::string shares_text(const WaterfallReport& report, const Style& style) {
  const std::vector<ChangeShare> shares = largest_first(report.waterfall);
  const double longest = shares.empty() ? 1 : std::abs(std::log(shares.front().factor));
  Rows rows;
  for (const ChangeShare& s : shares)
    rows.push_back({std::string(s.change->title), times_fewer(s.factor), signed_whole(s.gpus),
                    bar(s.factor, longest), times_fewer(s.alone), times_fewer(s.last)});
  const Waterfall& w = report.waterfall;
  rows.push_back(
      {"all of them", times_fewer(w.ratio()), signed_whole(w.to_gpus - w.from_gpus), "", "", ""});
  return render(
      {{"change"}, {"times fewer", true}, {"GPUs", true}, {""}, {"alone", true}, {"last", true}},
      rows, style);
}

std::string infeasible_text(const Waterfall& waterfall, const Style& style) {
  std::string out;
  for (const auto& made :
       std::span(waterfall.infeasible).first(std::min(kListed, waterfall.infeasible.size()))) {
    std::string names;
    for (const Change* change : made)
      names += (names.empty() ? "" : ", ") + std::string(change->title);
    out += wrapped("no fleet with " + (names.empty() ? "none of the changes" : names), 2, style);
  }
  if (waterfall.infeasible.size() > kListed)
    out += wrapped(fmt::format("and {} more", waterfall.infeasible.size() - kListed), 2, style);
  return out;
}

}  // namespace

std::string times_fewer(double ratio) {
  if (!(ratio > 0)) return "none";
  return ratio <= 1 ? fmt::format("{:.2f}", 1 / ratio) : fmt::format("1 / {:.2f}", ratio);
}

std::string ratio_text(double times) {
  const std::string text = fmt::format("{:.2f}", std::max(times, 1 / times));
  return text == "1.00" ? "as many" : text + (times > 1 ? " times fewer" : " times more");
}

std::string signed_whole(double gpus) {
  const std::string text = whole(std::abs(gpus));
  if (text == "0") return text;
  return (gpus < 0 ? "-" : "+") + text;
}

std::vector<ChangeShare> largest_first(const Waterfall& waterfall) {
  std::vector<ChangeShare> out = waterfall.shares;
  std::stable_sort(out.begin(), out.end(), [](const ChangeShare& a, const ChangeShare& b) {
    return std::abs(std::log(a.factor)) > std::abs(std::log(b.factor));
  });
  return out;
}

std::string answer_of(const WaterfallReport& report) {
  const Waterfall& w = report.waterfall;
  if (!w.is_complete())
    return "No answer: not every mixture of " + short_name(report.from) + " and " +
           short_name(report.to) + " ends within " + days(report.deadline / kDay);
  std::string out = days(report.deadline / kDay) + " take " +
                    side(report.from, w.from, w.from_gpus) + ", or " +
                    side(report.to, w.to, w.to_gpus) + ": " + ratio_text(1 / w.ratio());
  std::string causes;
  for (const ChangeShare& share : largest_first(w))
    if (std::abs(std::log(share.factor)) > std::log(kNoticed))
      causes += (causes.empty() ? ", by " : ", ") + std::string(share.change->title) + " " +
                times_fewer(share.factor);
  return out + causes;
}

std::string waterfall_note(const WaterfallReport& report) {
  return fmt::format(
      "Shares are Shapley values: the mean over every order of the changes, over {} mixtures of "
      "the two, each with the best plan searched anew. Factors multiply to the whole, GPUs add up "
      "to it. Alone: made to {} only. Last: made when all others are.",
      report.waterfall.corners.size(), short_name(report.from));
}

std::string to_text(const WaterfallReport& report, const Style& style) {
  const Waterfall& w = report.waterfall;
  std::string out = headline(answer_of(report), style) + "\n";
  if (!w.is_complete())
    return out +
           wrapped(
               "Mixtures of the two that no fleet trains in time, so that no change has a "
               "share:",
               0, style) +
           infeasible_text(w, style);
  if (w.shares.empty()) return out + wrapped("The two do not differ.", 0, style);
  return out + shares_text(report, style) + "\n" + wrapped(waterfall_note(report), 0, style);
}

}  // namespace fleetcast::report
