#include "sim/report/markdown.hpp"

#include "tests/catch.hpp"
#include "tests/sim/validation/toy_validation.hpp"

namespace fleetcast::report {
namespace {

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

/// One row by a known gap, one that nothing explains, one that is right.
ValidationReport toy_report() {
  return {toy_validation({{"cable-1", -0.3}, {"riddle|1", 0.5}, {"fine", 0.2}}),
          {{"old cables", {"cable"}, "They are old."}, {"leaks", {"fine"}, "It leaks.", "memory"}},
          false};
}

TEST_CASE("a cell of a table holds no bar and no line end", "[report]") {
  CHECK(cell("a|b\nc") == "a\\|b c");
}

TEST_CASE("rows off by more than 20 % are listed with what is known of them", "[report]") {
  const std::string text = deviations_markdown(toy_report());
  has(text, "## The 2 rows off by more than 20 %");
  has(text, "1 of them belong to a known gap, 1 are **not explained**.");
  has(text, "| -30 % | cable-1 | 10.000 s | 7.000 s | gemm 100 % | old cables |\n");
  has(text,
      "| +50 % | riddle\\|1 | 10.000 s | 15.000 s | gemm 100 % | **not explained**; likely "
      "compute, "
      "100 % of our step: no other cost is large |\n");
  CHECK(text.find("| fine |") == std::string::npos);
}

TEST_CASE("gaps are described with their rows' errors, those of memory without", "[report]") {
  const std::string text = deviations_markdown(toy_report());
  has(text, "### old cables\n\n1 rows, mean error -30 %, worst -30 % (cable-1).\n\nThey are old.");
  has(text, "### leaks\n\n1 rows.\n\nIt leaks.\n");
}

TEST_CASE("nothing far off is said in a word", "[report]") {
  has(deviations_markdown({toy_validation({{"a", 0.2}}), {}, false}),
      "## The 0 rows off by more than 20 %\n\nNone.\n");
}

TEST_CASE("the page on accuracy answers, shows the chart, and groups the rows", "[report]") {
  const std::string text = validation_markdown(toy_report());
  has(text,
      "**3 published training steps: mean absolute error (MAPE) 33.3 %, bias +13.3 %, 0 % within "
      "10 %.**");
  has(text, "(validation.svg)");
  has(text,
      "## By system\n\n| system | rows | MAPE | bias | within 10 % | worst |\n"
      "|---|--:|--:|--:|--:|--:|\n| toy-a | 3 | 33.3 % | +13.3 % | 0 % | 50 % |\n");
  for (const char* title : {"By system and precision", "By kind", "By model", "By stack"})
    has(text, "\n## " + std::string(title) + "\n");
  has(text, "## The 3 worst rows");
  has(text, "| -30.0 % | cable-1 | 10.0 s | 7.00 s | known gap: old cables |\n");
}

TEST_CASE("the chart has a series a system and a point a row", "[report]") {
  const Validation v = toy_validation({{"a", -0.1, "one"}, {"b", 0.1, "two"}, {"c", 0.2, "two"}});
  const std::string svg = validation_chart(v);
  has(svg, "<title>a: measured 10.0 s, predicted 9.00 s, -10.0 %</title>");
  has(svg, ">two (2)<");
  CHECK(svg.find(">two (2)<") < svg.find(">one (1)<"));
  has(svg, "3 published rows: MAPE 13.3 %, bias +6.7 %, 67 % within 10 %");
}

TEST_CASE("a peer stands beside us, row by row, and rows we lack are told", "[report]") {
  const Validation v = toy_validation({{"tab1-a", -0.1}, {"tab1-b", 0.2}});
  Peer peer;
  peer.name = "Toy";
  peer.about = "table 1";
  peer.published_rows = 4;
  peer.mape = 0.0365;
  peer.rows = {"tab1"};
  peer.predictions = {{"tab1-a", Seconds{10.5}}};
  peer.source = "a page";
  Peer other = peer;
  other.name = "Other";
  other.rows.clear();
  const std::string text = peers_markdown(compare_peers({peer, other}, v));
  has(text, "| Toy | table 1 | 2 / 4 | 3.65 % | - | 15.00 % | +5.00 % | 20.00 % |\n");
  has(text, "| Other | table 1 | 0 / 4 | 3.65 % | - | - | - | - |\n");
  has(text, "| tab1-a | 10.0 s | 10.5 s, +5.0 % | 9.00 s, -10.0 % |\n");
  has(text, "| tab1-b | 10.0 s | not published | 12.0 s, +20.0 % |\n");
  has(text, "None of these rows is in `configs` yet.");
}

}  // namespace
}  // namespace fleetcast::report
