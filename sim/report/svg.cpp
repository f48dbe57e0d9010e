#include "sim/report/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace fleetcast::report {
namespace {

// Pixels.
constexpr double kWidth = 860, kHeight = 720;
constexpr double kLeft = 78, kRight = 24, kTop = 78, kBottom = 64;
constexpr double kPlotRight = kWidth - kRight, kPlotBottom = kHeight - kBottom;
constexpr double kLegendLine = 20;

// Okabe and Ito's colours, which people with colour blindness tell apart, and one grey.
constexpr std::array<std::string_view, 8> kColors{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                  "#e69f00", "#56b4e9", "#8a8a8a", "#b8a800"};

// Plain classes: viewers that know no CSS variables still draw the light chart.
constexpr std::string_view kStyle = R"(<style>
  .paper { fill: #ffffff }
  .band { fill: #dbeafe }
  .grid { stroke: #e3e7eb; fill: none }
  .axis { stroke: #59636e; fill: none }
  text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #1f2328 }
  .faint { fill: #59636e }
  .title { font-size: 18px; font-weight: 600 }
  .mark { fill-opacity: 0.45; stroke-width: 1.2 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 }
    .band { fill: #1b2b45 }
    .grid { stroke: #262c36 }
    .axis { stroke: #9198a1 }
    text { fill: #f0f6fc }
    .faint { fill: #9198a1 }
  }
</style>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

std::string text_at(double x, double y, std::string_view attributes, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, attributes,
                     escaped(text));
}

/// The same logarithmic scale on both axes, so that y = x is a diagonal.
class Scale {
 public:
  explicit Scale(const Scatter& chart) {
    double low = 1e300, high = 0;
    for (const ScatterSeries& series : chart.series)
      for (const ScatterPoint& p : series.points) {
        low = std::min({low, p.x, p.y});
        high = std::max({high, p.x, p.y});
      }
    constexpr double kMargin = 1.25;
    low_ = high > 0 ? low / kMargin : 0.5;
    high_ = high > 0 ? high * kMargin : 2.0;
  }
  [[nodiscard]] double share(double value) const {
    return std::log(value / low_) / std::log(high_ / low_);
  }
  [[nodiscard]] double x(double value) const {
    return kLeft + std::clamp(share(value), 0.0, 1.0) * (kPlotRight - kLeft);
  }
  [[nodiscard]] double y(double value) const {
    return kPlotBottom - std::clamp(share(value), 0.0, 1.0) * (kPlotBottom - kTop);
  }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  double low_, high_;
};

/// 1, 2 and 5 of each decade.
std::string grid(const Scale& scale) {
  std::string out;
  for (double decade = std::pow(10.0, std::floor(std::log10(scale.low()))); decade < scale.high();
       decade *= 10.0)
    for (const double step : {1.0, 2.0, 5.0}) {
      const double value = decade * step;
      if (value < scale.low() || value > scale.high()) continue;
      const double x = scale.x(value), y = scale.y(value);
      out += fmt::format(
          "<path class=\"grid\" d=\"M{0:.1f} {2:.1f}V{3:.1f}M{4:.1f} {1:.1f}H{5:.1f}\"/>\n", x, y,
          kTop, kPlotBottom, kLeft, kPlotRight);
      const std::string label = fmt::format("{:g}", value);
      out += text_at(x, kPlotBottom + 20, R"( class="faint" text-anchor="middle")", label);
      out += text_at(kLeft - 8, y + 4, R"( class="faint" text-anchor="end")", label);
    }
  return out;
}

/// y = x and its band, cut off by the frame.
std::string diagonal(const Scale& scale, double band) {
  const double a = scale.low(), b = scale.high(), up = 1.0 + band, down = 1.0 - band;
  const std::string corners = fmt::format(
      "M{:.1f} {:.1f}L{:.1f} {:.1f}H{:.1f}V{:.1f}L{:.1f} {:.1f}H{:.1f}Z", scale.x(a),
      scale.y(a * up), scale.x(b / up), scale.y(b), scale.x(b), scale.y(b * down),
      scale.x(a / down), scale.y(a), scale.x(a));
  return fmt::format(
      "<path class=\"band\" d=\"{}\"/>\n"
      "<path class=\"axis\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n",
      corners, scale.x(a), scale.y(a), scale.x(b), scale.y(b));
}

/// Shapes of about one area around (0, 0).
constexpr std::array<std::string_view, 8> kShapes{
    "M4.2 0A4.2 4.2 0 1 1 -4.2 0A4.2 4.2 0 1 1 4.2 0Z",    // circle
    "M-3.8 -3.8H3.8V3.8H-3.8Z",                             // square
    "M0 -5L5 3.8H-5Z",                                      // triangle
    "M0 -5.4L5.4 0L0 5.4L-5.4 0Z",                          // diamond
    "M0 5L5 -3.8H-5Z",                                      // triangle, upside down
    "M-1.7 -5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5V-1.7H-1.7Z",  // plus
    "M-5 -2.4H5V2.4H-5Z",                                   // bar
    "M0 -5L4.8 -1.5L2.9 4H-2.9L-4.8 -1.5Z",                 // pentagon
};

std::string mark(std::size_t series, double x, double y, std::string_view tooltip) {
  const std::string_view color = kColors[series % kColors.size()];
  const std::string title =
      tooltip.empty() ? "" : fmt::format("<title>{}</title>", escaped(tooltip));
  return fmt::format(
      "<path class=\"mark\" fill=\"{0}\" stroke=\"{0}\" transform=\"translate({1:.1f} {2:.1f})\" "
      "d=\"{3}\">{4}</path>\n",
      color, x, y, kShapes[series % kShapes.size()], title);
}

std::string legend(const Scatter& chart) {
  std::string out;
  double y = kTop + 22;
  for (std::size_t s = 0; s < chart.series.size(); ++s, y += kLegendLine) {
    out += mark(s, kLeft + 20, y - 4, "");
    out += text_at(kLeft + 34, y, "",
                   fmt::format("{} ({})", chart.series[s].name, chart.series[s].points.size()));
  }
  out += fmt::format(
      "<rect class=\"band\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"16\" height=\"10\"/>\n",
      kLeft + 12, y - 9);
  return out + text_at(kLeft + 34, y, "", chart.band_title);
}

std::string titles(const Scatter& chart) {
  const double middle = (kTop + kPlotBottom) / 2;
  return text_at(kLeft, 32, " class=\"title\"", chart.title) +
         text_at(kLeft, 56, " class=\"faint\"", chart.subtitle) +
         text_at((kLeft + kPlotRight) / 2, kHeight - 16, R"( text-anchor="middle")",
                 chart.x_title) +
         text_at(20, middle,
                 fmt::format(" text-anchor=\"middle\" transform=\"rotate(-90 20 {:.1f})\"", middle),
                 chart.y_title);
}

}  // namespace

std::string to_svg(const Scatter& chart) {
  const Scale scale(chart);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" role=\"img\">\n<title>{2}</title>\n",
      kWidth, kHeight, escaped(chart.title));
  out += kStyle;
  out += "<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n";
  out += diagonal(scale, chart.band) + grid(scale);
  out += fmt::format("<rect class=\"axis\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", kLeft,
                     kTop, kPlotRight - kLeft, kPlotBottom - kTop);
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    for (const ScatterPoint& p : chart.series[s].points)
      out += mark(s, scale.x(p.x), scale.y(p.y), p.tooltip);
  return out + legend(chart) + titles(chart) + "</svg>\n";
}

}  // namespace fleetcast::report
