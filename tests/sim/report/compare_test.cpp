// Two results, figure by figure.

#include "sim/report/compare.hpp"

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

Comparison compare(const std::string& before, const std::string& after,
                   const std::vector<Tolerance>& tolerances = {}) {
  Comparison out =
      compare_results(figures_of(before, "a.json"), figures_of(after, "b.json"), tolerances);
  out.before = "a.json";
  out.after = "b.json";
  return out;
}

std::string first_line(const Comparison& c) {
  const std::string text = to_text(c, {.width = 200});
  return text.substr(0, text.find('\n'));
}

const std::string kBefore =
    R"({"step_time_s": 10, "mfu": 0.4, "breakdown_s": {"gemm": 6, "attention": 4}})";

TEST_CASE("a result compared with itself is the same", "[report]") {
  const Comparison c = compare(kBefore, kBefore);
  CHECK(c.passes());
  CHECK(c.compared == 4);
  CHECK(first_line(c) == "the same: 4 figures within tolerance");
}

TEST_CASE("a longer step is worse, and the part that made it so is named", "[report]") {
  // 0.2 of 10 more: 0.15 of it in GEMMs.
  const Comparison c = compare(
      kBefore,
      R"({"step_time_s": 10.2, "mfu": 0.4, "breakdown_s": {"gemm": 6.15, "attention": 4.05}})");
  CHECK_FALSE(c.passes());
  CHECK(first_line(c) == "worse: step_time_s +2.00 %, most of it gemm (+1.50 %, 75 % of the move)");
  REQUIRE(c.causes.size() == 2);
  CHECK(c.causes[0].of_move == Approx(0.75));
  CHECK(c.causes[1].part == "attention");
}

TEST_CASE("less than the tolerance is noise, and the last tolerance of a figure counts",
          "[report]") {
  const std::string after =
      R"({"step_time_s": 10.009, "mfu": 0.4, "breakdown_s": {"gemm": 6, "attention": 4.1}})";
  CHECK_FALSE(compare(kBefore, after).passes());  // 2.5 % of attention
  CHECK(compare(kBefore, after, {{"", 0.03, true}}).passes());
  CHECK_FALSE(compare(kBefore, after, {{"breakdown_s.*", 0.05, false}}).passes());
  CHECK(compare(kBefore, after, {{"attention", 0.2, false}}).passes());
  CHECK_FALSE(compare(kBefore, after, {{"", 0.03, true}, {"attention", 0.01, true}}).passes());
}

TEST_CASE("an improvement passes and is told", "[report]") {
  const Comparison c = compare(
      kBefore, R"({"step_time_s": 9, "mfu": 0.44, "breakdown_s": {"gemm": 5, "attention": 4}})");
  CHECK(c.passes());
  CHECK(first_line(c) == "not worse: 3 better");
}

TEST_CASE("items of a list are known by their names, not by their order", "[report]") {
  const std::string one = R"([{"system": "a", "precision": "bf16", "days": 3}, )"
                          R"({"system": "b", "precision": "bf16", "days": 5}])";
  const std::string two = R"([{"system": "b", "precision": "bf16", "days": 5}, )"
                          R"({"system": "a", "precision": "bf16", "days": 4}])";
  const Comparison c = compare(one, two);
  REQUIRE(c.moved.size() == 1);
  CHECK(c.moved[0].path == "a/bf16.days");
  CHECK(c.moved[0].verdict == Verdict::kWorse);
  CHECK(*c.moved[0].ratio == Approx(4.0 / 3.0));
}

TEST_CASE("items without different names are known by their places", "[report]") {
  const Comparison c = compare(R"({"x": [{"name": "a", "n": 1}, {"name": "a", "n": 2}]})",
                               R"({"x": [{"name": "a", "n": 1}, {"name": "a", "n": 3}]})");
  REQUIRE(c.moved.size() == 1);
  CHECK(c.moved[0].path == "x.1.n");
  CHECK(c.moved[0].verdict == Verdict::kChanged);
}

TEST_CASE("a figure that is gone fails, a new one does not, and names must stay", "[report]") {
  const Comparison gone = compare(kBefore, R"({"step_time_s": 10, "mfu": 0.4})");
  CHECK_FALSE(gone.passes());
  CHECK(first_line(gone) == "changed: 2 missing");
  CHECK(compare(R"({"mfu": 0.4})", R"({"mfu": 0.4, "days": 3})").passes());
  CHECK_FALSE(compare(R"({"plan": "tp 8"})", R"({"plan": "tp 4"})").passes());
  CHECK_FALSE(compare(R"({"fits": true})", R"({"fits": false})").passes());
  CHECK_FALSE(compare(R"({"days": 3})", R"({"days": null})").passes());
}

TEST_CASE("how long a computation took is no result", "[report]") {
  CHECK(compare(R"({"search": {"elapsed_s": 1}})", R"({"search": {"elapsed_s": 9}})").passes());
}

TEST_CASE("hostile names stay text in XML and Markdown", "[report]") {
  const Comparison c = compare(R"({"a<b>&\"|": "x"})", R"({"a<b>&\"|": "<script>\n|"})");
  const std::string xml = comparison_junit(c);
  CHECK(xml.find("name=\"a&lt;b&gt;&amp;&quot;&#124;\"") != std::string::npos);
  CHECK(xml.find("<script>") == std::string::npos);
  CHECK(xml.find("tests=\"1\" failures=\"1\"") != std::string::npos);
  const std::string page = comparison_markdown(c);
  CHECK(page.find("<script>") == std::string::npos);
  CHECK(page.find("| changed | a&lt;b&gt;&amp;&quot;&#124; | x | &lt;script&gt; &#124; |  |\n") !=
        std::string::npos);
}

TEST_CASE("what is no JSON is refused at its place", "[report]") {
  try {
    figures_of("{\n  \"a\": 1,\n  b\n}", "t.json");
    FAIL("read");
  } catch (const config::ConfigError& error) {
    CHECK(std::string(error.what()).starts_with("t.json:3:"));
  }
}

TEST_CASE("results nested without end, or with numbers too large, are no crash", "[report]") {
  const std::string deep = std::string(20000, '[') + std::string(20000, ']');
  CHECK(figures_of(deep, "t.json").size() == 1);
  CHECK_THROWS_AS(figures_of("{\"a\": 1e999}", "t.json"), config::ConfigError);
}

}  // namespace
}  // namespace fleetcast::report
