#include "sim/report/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "sim/report/axis.hpp"

#include "sim/report/axis.hpp"

namespace fleetcast::report {
namespace {

// Pixels. Two frames, one below the other.
constexpr double kWidth = 860, kHeight = 900;
constexpr double kLeft = 78, kRight = 836;
constexpr double kTop = 76, kBottom = 496;
constexpr double kErrorTop = 540, kErrorBottom = 836;
constexpr double kLegendLine = 20;

// After Okabe and Ito: people with colour blindness tell them apart. Blue is lighter, for dark
// paper.
constexpr std::array<std::string_view, 8> kColors{"#2d8bcc", "#d55e00", "#009e73", "#cc79a7",
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
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string text_at(double x, double y, std::string_view attributes, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, attributes,
                     escaped(text));
}

struct Axes {
  Axis x, y, error;
};

/// One range for x and y, so that y = x is the diagonal; errors a round tenth further than they go.
Axes axes_of(const Scatter& chart) {
  double low = 1e300, high = 0, least = -chart.band, most = chart.band;
  for (const ScatterSeries& series : chart.series)
    for (const ScatterPoint& p : series.points) {
      low = std::min({low, p.x, p.y}), high = std::max({high, p.x, p.y});
      least = std::min(least, p.y / p.x - 1.0), most = std::max(most, p.y / p.x - 1.0);
    }
  constexpr double kMargin = 1.25;
  low = high > 0 ? low / kMargin : 0.5, high = high > 0 ? high * kMargin : 2.0;
  least = std::floor(10.0 * least - 0.3) / 10.0, most = std::ceil(10.0 * most + 0.3) / 10.0;
  return {{low, high, kLeft, kRight, true},
          {low, high, kBottom, kTop, true},
          {least, most, kErrorBottom, kErrorTop}};
}

std::string frame(double top, double bottom) {
  return fmt::format("<path class=\"axis\" d=\"M{0} {2}H{1}V{3}H{0}Z\"/>\n", kLeft, kRight, top,
                     bottom);
}

std::string grid(const Axes& axes) {
  std::string out;
  for (const double value : axes.x.ticks()) {
    const double x = axes.x.at(value);
    out += fmt::format("<path class=\"grid\" d=\"M{0:.1f} {1}V{2}M{0:.1f} {3}V{4}\"/>\n", x, kTop,
                       kBottom, kErrorTop, kErrorBottom);
    for (const double bottom : {kBottom, kErrorBottom})
      out += text_at(x, bottom + 18, R"( class="faint" text-anchor="middle")",
                     fmt::format("{:g}", value));
  }
  const auto line = [&](double y, const std::string& label) {
    out += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/>\n", kLeft, y, kRight);
    out += text_at(kLeft - 8, y + 4, R"( class="faint" text-anchor="end")", label);
  };
  for (const double value : axes.y.ticks()) line(axes.y.at(value), fmt::format("{:g}", value));
  for (const double value : axes.error.ticks()) {
    const double percent = std::round(100.0 * value) + 0.0;
    line(axes.error.at(value), percent == 0 ? "0 %" : fmt::format("{:+.0f} %", percent));
  }
  return out;
}

/// y = x with its band, in both frames.
std::string band(const Axes& axes, double width) {
  const auto& [x, y, error] = axes;
  const double a = x.low, b = x.high, up = 1.0 + width, down = 1.0 - width;
  return fmt::format(
      "<path class=\"band\" d=\"M{0} {1}V{2:.1f}L{3:.1f} {4}H{5}V{6:.1f}L{7:.1f} {1}Z\"/>\n"
      "<path class=\"band\" d=\"M{0} {8:.1f}H{5}V{9:.1f}H{0}Z\"/>\n"
      "<path class=\"axis\" d=\"M{0} {1}L{5} {4}M{0} {10:.1f}H{5}\"/>\n",
      kLeft, kBottom, y.at(a * up), x.at(b / up), kTop, kRight, y.at(b * down), x.at(a / down),
      error.at(width), error.at(-width), error.at(0.0));
}

/// Shapes of about one area around (0, 0).
constexpr std::array<std::string_view, 8> kShapes{
    "M3.4 0A3.4 3.4 0 1 1-3.4 0A3.4 3.4 0 1 1 3.4 0Z",      // circle
    "M-3-3H3V3H-3Z",                                        // square
    "M0-4L4 3H-4Z",                                         // triangle
    "M0-4.4L4.4 0L0 4.4L-4.4 0Z",                           // diamond
    "M0 4L4-3H-4Z",                                         // triangle, upside down
    "M-1.4-4H1.4V-1.4H4V1.4H1.4V4H-1.4V1.4H-4V-1.4H-1.4Z",  // plus
    "M-4-2H4V2H-4Z",                                        // bar
    "M0-4L3.8-1.2L2.4 3.2H-2.4L-3.8-1.2Z",                  // pentagon
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
  out +=
      fmt::format("<rect class=\"band\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"16\" height=\"10\"/>\n",
                  kLeft + 12, y - 9);
  return out + text_at(kLeft + 34, y, "", chart.band_title);
}

std::string upright(double x, double y, std::string_view text) {
  return text_at(x, y, fmt::format(" text-anchor=\"middle\" transform=\"rotate(-90 {} {})\"", x, y),
                 text);
}

std::string titles(const Scatter& chart) {
  return text_at(kLeft, 32, " class=\"title\"", chart.title) +
         text_at(kLeft, 56, " class=\"faint\"", chart.subtitle) +
         text_at((kLeft + kRight) / 2, kErrorBottom + 46, R"( text-anchor="middle")",
                 chart.x_title) +
         upright(20, (kTop + kBottom) / 2, chart.y_title) +
         upright(20, (kErrorTop + kErrorBottom) / 2, chart.error_title);
}

}  // namespace

std::string to_svg(const Scatter& chart) {
  const Axes axes = axes_of(chart);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n<title>{2}</title>\n",
      kWidth, kHeight, escaped(chart.title));
  out += kStyle;
  out += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  out += band(axes, chart.band) + grid(axes);
  out += frame(kTop, kBottom) + frame(kErrorTop, kErrorBottom);
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    for (const ScatterPoint& p : chart.series[s].points) {
      out += mark(s, axes.x.at(p.x), axes.y.at(p.y), p.tooltip);
      out += mark(s, axes.x.at(p.x), axes.error.at(p.y / p.x - 1.0), p.tooltip);
    }
  return out + legend(chart) + titles(chart) + "</svg>\n";
}

}  // namespace fleetcast::report
