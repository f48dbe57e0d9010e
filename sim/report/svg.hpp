#pragma once

// A scatter chart as SVG text: y against x on logarithmic axes with the diagonal and a band around
// it, and below it y / x - 1 against the same x. A colour and a shape a series; light and dark by
// the reader's preference. The same chart gives the same bytes.

#include <string>
#include <vector>

namespace fleetcast::report {

struct ScatterPoint {
  double x = 0, y = 0;  ///< above 0
  std::string tooltip;
};

struct ScatterSeries {
  std::string name;
  std::vector<ScatterPoint> points;
};

struct Scatter {
  std::string title, subtitle;
  std::string x_title, y_title, error_title;  ///< the last of y / x - 1
  std::string band_title;
  double band = 0.1;                  ///< of y, either side of y = x
  std::vector<ScatterSeries> series;  ///< one colour and shape each, eight before they repeat
};

std::string to_svg(const Scatter& chart);

}  // namespace fleetcast::report
