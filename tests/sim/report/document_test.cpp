#include "sim/report/document.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

const std::string kHostile = "</script><b>|*x*[y](z)&\"`";

Document toy_document() {
  const TextTable table{"Rows of " + kHostile, {{"name"}, {"GPUs", true}}, {{kHostile, "8,160"}}};
  Document out;
  out.title = kHostile;
  out.answer = "8,160 of them.";
  out.lead = {kHostile};
  out.sections = {{"one", "One", {Paragraph{kHostile}, table}},
                  {"two",
                   "Two",
                   {Chart{"days", "A chart", "Of days.", Entries{{"name", kHostile}}, table},
                    Verbatim{"A file", "a.yaml", "name: ```" + kHostile + "\n"}}}};
  out.data = Entries{{"gpus", 8160}, {"name", kHostile}};
  out.footer = "Made by a test";
  return out;
}

/// What stands between two texts.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const std::size_t at = from + begin.size();
  return text.substr(at, text.find(end, at) - at);
}

/// All but the scripts, which are ours.
std::string markup_of(const std::string& page) { return page.substr(0, page.find("<script")); }

}  // namespace

TEST_CASE("what a user wrote is text on the page, wherever it stands", "[report]") {
  const std::string page = to_page(toy_document());
  CHECK(markup_of(page).find("<b>") == std::string::npos);
  CHECK(markup_of(page).find("</script>") == std::string::npos);
  CHECK(between(page, "<title>", "</title>") == "&lt;/script&gt;&lt;b&gt;|*x*[y](z)&amp;&quot;`");
}

TEST_CASE("the data of a page reads back as JSON, as it was", "[report]") {
  const std::string page = to_page(toy_document());
  const auto data =
      nlohmann::json::parse(between(page, "<script type=\"application/json\" id=\"data\">", "<"));
  CHECK(data["results"]["gpus"] == 8160);
  CHECK(data["results"]["name"] == kHostile);
  CHECK(data["charts"][0]["kind"] == "days");
  CHECK(data["charts"][0]["data"]["name"] == kHostile);
}

TEST_CASE("a page forbids all that is not in it", "[report]") {
  const std::string page = to_page(toy_document());
  CHECK(between(page, "Content-Security-Policy\" content=\"", ";") == "default-src 'none'");
  CHECK(markup_of(page).find("src=") == std::string::npos);
  CHECK(markup_of(page).find("href=\"http") == std::string::npos);
}

TEST_CASE("a chart has its numbers in a table beside it", "[report]") {
  const std::string page = to_page(toy_document());
  CHECK(between(page, "<figure", "</figure>").find("<td class=\"n\">8,160</td>") !=
        std::string::npos);
}

TEST_CASE("long tables are folded", "[report]") {
  Document document = toy_document();
  TextTable table{"Many", {{"n", true}}, {}};
  for (int i = 0; i < 25; ++i) table.rows.push_back({std::to_string(i)});
  document.sections[0].blocks = {table};
  CHECK(to_page(document).find("<summary>Many: 25 rows</summary>") != std::string::npos);
}

TEST_CASE("what a user wrote is text in Markdown, and files are fenced by more than they hold",
          "[report]") {
  const std::string text = to_markdown(toy_document());
  CHECK(text.starts_with(
      "# \\</script\\>\\<b\\>\\|\\*x\\*\\[y\\](z)\\&\"\\`\n\n**8,160 of them.**\n"));
  CHECK(text.find("| \\</script\\>\\<b\\>\\|\\*x\\*\\[y\\](z)\\&\"\\` | 8,160 |\n") !=
        std::string::npos);
  CHECK(text.find("\n````\nname: ```</script>") != std::string::npos);
}

TEST_CASE("bytes that are no UTF-8 are replaced in every format", "[report]") {
  Document document = toy_document();
  document.title = "caf\xe9";
  CHECK(to_page(document).find("<title>caf\xef\xbf\xbd</title>") != std::string::npos);
  CHECK(to_markdown(document).starts_with("# caf\xef\xbf\xbd\n"));
}

TEST_CASE("a command can be copied from Markdown as it is", "[report]") {
  Document document = toy_document();
  document.sections[0].blocks = {CommandLine{"fleetcast --set 'claims=[]'"}};
  CHECK(to_markdown(document).find("\n```\nfleetcast --set 'claims=[]'\n```\n") !=
        std::string::npos);
}

}  // namespace fleetcast::report
