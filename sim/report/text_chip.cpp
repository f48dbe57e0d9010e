#include <fmt/format.h>

#include "models/base/quantity_text.hpp"
#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;
constexpr double kShown = 0.005;  // of a kernel's time

std::string microseconds(Seconds time) { return three_digits(time / kMicrosecond); }

std::string times_text(const ChipReport& report, const Style& style) {
  Rows rows;
  for (const ChipReport::Row& row : report.rows) {
    const chip::Outcome& o = row.run.outcome;
    rows.push_back({row.kernel, row.shape, microseconds(o.time),
                    row.fitted > Seconds{} ? microseconds(row.fitted) : "", percent(row.efficiency),
                    std::string(chip::key_of(o.bound()))});
  }
  return render(
      {{"kernel"}, {"shape"}, {"us", true}, {"fitted", true}, {"of peak", true}, {"bound by"}},
      rows, style);
}

std::string chip_text(const ChipReport& report, const Style& style) {
  Rows rows;
  for (const ChipReport::Row& row : report.rows) {
    const chip::Outcome& o = row.run.outcome;
    rows.push_back({row.kernel, chip::tile_text(row.run.tile), whole(o.tiles),
                    fmt::format("{:.2f}", row.run.waves),
                    percent(1.0 - o[chip::Cause::kTail] / o.busy), percent(row.l2),
                    percent(row.hbm), percent(o.clock), power(o.energy / o.busy)});
  }
  return render({{"kernel"},
                 {"tile"},
                 {"tiles", true},
                 {"waves", true},
                 {"SMs", true},
                 {"L2", true},
                 {"HBM", true},
                 {"clock", true},
                 {"power", true}},
                rows, style);
}

/// Where the time of all kernels together goes.
std::string causes_text(const ChipReport& report, const Style& style) {
  Seconds all{};
  std::array<Seconds, chip::kCauseCount> sums{};
  for (const ChipReport::Row& row : report.rows) {
    all += row.run.outcome.time;
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += row.run.outcome.cause[c];
  }
  Rows rows;
  for (std::size_t c = 0; c < sums.size(); ++c)
    if (sums[c] > kShown * all)
      rows.push_back({std::string(chip::key_of(static_cast<chip::Cause>(c))),
                      percent(sums[c] / all),
                      std::string(chip::meaning_of(static_cast<chip::Cause>(c)))});
  return render({{"an SM's time"}, {"share", true}, {"goes into"}}, rows, style);
}

}  // namespace

std::string to_text(const ChipReport& report, const Style& style) {
  std::string title = report.gpu + ", simulated as " + report.microarchitecture;
  if (report.beside.rate > BytesPerSecond{})
    title += fmt::format("; beside it {} through HBM on {} SMs",
                         fleetcast::to_text(report.beside.rate), report.beside.sms);
  return headline(title, style) + "\n" + times_text(report, style) + "\n" +
         chip_text(report, style) + "\n" + causes_text(report, style);
}

}  // namespace fleetcast::report
