#include "sim/report/svg.hpp"

#include <cmath>
#include <cstdio>

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

Scatter toy_chart() {
  return {.title = "A < B & C",
          .subtitle = "two \"systems\"",
          .x_title = "x, s",
          .y_title = "y, s",
          .error_title = "error",
          .band_title = "within 10 %",
          .series = {{"one", {{1, 1, "exact"}, {10, 8, "fast & far"}}}, {"two", {{2, 3, "slow"}}}}};
}

TEST_CASE("each point stands in both frames with its tooltip", "[report]") {
  const std::string svg = to_svg(toy_chart());
  CHECK(count(svg, "<title>exact</title>") == 2);
  CHECK(count(svg, "<title>slow</title>") == 2);
  CHECK(count(svg, "class=\"mark\"") == 2 * 3 + 2);  // and the legend's two
}

TEST_CASE("texts are escaped", "[report]") {
  const std::string svg = to_svg(toy_chart());
  CHECK(svg.find("A &lt; B &amp; C") != std::string::npos);
  CHECK(svg.find("two &quot;systems&quot;") != std::string::npos);
  CHECK(svg.find("fast &amp; far") != std::string::npos);
  CHECK(svg.find("A < B") == std::string::npos);
}

TEST_CASE("a chart names its axes, its series with their sizes, and its band", "[report]") {
  const std::string svg = to_svg(toy_chart());
  for (const char* text :
       {">x, s<", ">y, s<", ">error<", ">one (2)<", ">two (1)<", ">within 10 %<", ">-20 %<"}) {
    INFO(text);
    CHECK(svg.find(text) != std::string::npos);
  }
  CHECK(svg.find("prefers-color-scheme: dark") != std::string::npos);
}

TEST_CASE("a point on the diagonal is in the middle of its band", "[report]") {
  const std::string svg = to_svg({.series = {{"one", {{1, 1, "p"}, {4, 4, "q"}}}}});
  // Both axes span 0.8 to 5; x = y is as far from the left as from the bottom, in shares.
  const std::string mark = svg.substr(0, svg.find("<title>q"));
  const std::size_t place = mark.rfind("translate(");
  REQUIRE(place != std::string::npos);
  double x = 0.0, y = 0.0;
  REQUIRE(std::sscanf(mark.c_str() + place, "translate(%lf %lf)", &x, &y) == 2);
  const double right = (x - 78) / (836 - 78), up = (496 - y) / (496 - 76);
  CHECK(right == Approx(up).margin(0.001));
  CHECK(right == Approx(std::log(4 / 0.8) / std::log(5 / 0.8)).margin(0.001));
}

TEST_CASE("series differ in colour and shape, and a chart of nothing is a chart", "[report]") {
  const std::string svg = to_svg(toy_chart());
  CHECK(svg.find("#2d8bcc") != std::string::npos);
  CHECK(svg.find("#d55e00") != std::string::npos);
  CHECK(to_svg({}).ends_with("</svg>\n"));
  CHECK(to_svg({}).find("nan") == std::string::npos);
  CHECK(to_svg(toy_chart()) == svg);
}

}  // namespace
}  // namespace fleetcast::report
