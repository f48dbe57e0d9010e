#include <fmt/format.h>

#include <algorithm>

#include "sim/report/markdown.hpp"
#include "sim/report/number.hpp"
#include "sim/report/svg.hpp"

namespace fleetcast::report {

std::string validation_chart(const Validation& v) {
  Scatter chart;
  chart.title = "Training steps, predicted against measured";
  chart.subtitle =
      fmt::format("{} published rows: MAPE {:.1f} %, bias {:+.1f} %, {:.0f} % within 10 %",
                  v.all.count, 100.0 * v.all.mape, 100.0 * v.all.bias, 100.0 * v.all.within_10pct);
  chart.x_title = "measured step time, seconds";
  chart.y_title = "predicted step time, seconds";
  chart.error_title = "error of the prediction";
  chart.band_title = "within 10 %";
  chart.band = 0.1;
  // Systems of many rows first, so that those of few lie on top.
  std::vector<ErrorSummary> systems = v.by_system;
  std::stable_sort(systems.begin(), systems.end(),
                   [](const ErrorSummary& a, const ErrorSummary& b) { return a.count > b.count; });
  for (const ErrorSummary& system : systems) {
    ScatterSeries& series = chart.series.emplace_back(ScatterSeries{system.group, {}});
    for (const ValidatedRow& row : v.rows)
      if (row.system == system.group)
        series.points.push_back({row.measured_s, row.predicted_s,
                                 fmt::format("{}: measured {} s, predicted {} s, {:+.1f} %", row.id,
                                             three_digits(row.measured_s),
                                             three_digits(row.predicted_s), 100.0 * row.error)});
  }
  return to_svg(chart);
}

}  // namespace fleetcast::report
