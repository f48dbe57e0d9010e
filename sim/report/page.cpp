// A document as one file of HTML (https://html.spec.whatwg.org). Everything that comes from a user
// passes escaped() or the JSON writer: it stays text.

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/document.hpp"
#include "sim/report/json.hpp"
#include "sim/report/page/assets.hpp"

namespace fleetcast::report {
namespace {

/// No table of a section is longer without being folded.
constexpr std::size_t kOpenRows = 24;
/// Texts that need no second line, and texts that need room, in the longest cell of a column.
constexpr std::size_t kShort = 18, kLong = 40;

/// How the cells of each column are set, as attributes.
std::vector<std::string_view> styles_of(const TextTable& table) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t longest = 0;
    for (const std::vector<std::string>& row : table.rows)
      longest = std::max(longest, row[i].size());
    out.emplace_back(table.columns[i].is_number ? " class=\"n\""
                     : longest <= kShort        ? " class=\"w\""
                     : longest >= kLong         ? " class=\"l\""
                                                : "");
  }
  return out;
}

/// For elements and for attributes in double quotes. Control characters have no place in HTML.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

/// JSON inside a script element, which only "</script" and "<!--" could end.
std::string in_script(std::string json) {
  std::string out;
  for (const char c : json) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

class Page {
 public:
  explicit Page(const Document& document) : document_(document) {}

  std::string write() {
    head();
    header();
    out_ += "<main>\n";
    for (const Section& s : document_.sections) section(s);
    out_ += "</main>\n<footer>" + escaped(document_.footer) + "</footer>\n";
    scripts();
    return std::move(out_) + "</body>\n</html>\n";
  }

 private:
  void head() {
    out_ +=
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n";
    out_ += "<title>" + escaped(document_.title) + "</title>\n<style>\n";
    out_ += page_style();
    out_ += "</style>\n</head>\n<body>\n";
  }

  void header() {
    out_ += "<a class=\"skip\" href=\"#main\">To the first section</a>\n<header>\n";
    out_ += "<h1>" + escaped(document_.title) + "</h1>\n";
    out_ += "<p class=\"answer\">" + escaped(document_.answer) + "</p>\n";
    for (const std::string& text : document_.lead) paragraph(text);
    out_ += "<nav aria-label=\"Sections\"><ul id=\"main\">\n";
    for (const Section& s : document_.sections)
      out_ += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", s.key, escaped(s.title));
    out_ += "</ul></nav>\n</header>\n";
  }

  void section(const Section& s) {
    out_ += fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n", s.key);
    out_ += fmt::format("<h2 id=\"{}-title\">{}</h2>\n", s.key, escaped(s.title));
    for (const Block& block : s.blocks) std::visit([this](const auto& b) { add(b); }, block);
    out_ += "</section>\n";
  }

  void paragraph(std::string_view text) { out_ += "<p>" + escaped(text) + "</p>\n"; }
  void add(const Paragraph& p) { paragraph(p.text); }

  void add(const CommandLine& c) {
    out_ += "<pre tabindex=\"0\" role=\"region\" aria-label=\"Command\">" + escaped(c.text) +
            "</pre>\n";
  }

  void add(const TextTable& t) {
    if (t.rows.size() <= kOpenRows) return table(t);
    out_ +=
        fmt::format("<details><summary>{}: {} rows</summary>\n", escaped(t.caption), t.rows.size());
    table(t);
    out_ += "</details>\n";
  }

  void table(const TextTable& t) {
    const std::string caption = escaped(t.caption);
    out_ += fmt::format("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">",
                        caption + region_number());
    out_ += "<table>\n<caption>" + caption + "</caption>\n<thead><tr>";
    for (const Column& c : t.columns)
      out_ += fmt::format("<th scope=\"col\"{}>{}</th>", c.is_number ? " class=\"n\"" : "",
                          escaped(c.title));
    out_ += "</tr></thead>\n<tbody>\n";
    const std::vector<std::string_view> styles = styles_of(t);
    for (const std::vector<std::string>& row : t.rows) {
      out_ += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i)
        out_ += fmt::format("<td{}>{}</td>", styles[i], escaped(row[i]));
      out_ += "</tr>\n";
    }
    out_ += "</tbody>\n</table></div>\n";
  }

  /// Names of regions are told apart by number: captions may repeat.
  std::string region_number() { return ", table " + std::to_string(++tables_); }

  void add(const Chart& c) {
    out_ += fmt::format("<figure data-chart=\"{}\" data-kind=\"{}\">\n", charts_.size(), c.kind);
    out_ += "<figcaption><strong>" + escaped(c.title) + "</strong>" + escaped(c.description) +
            "</figcaption>\n";
    out_ +=
        fmt::format("<div class=\"plot\" role=\"img\" aria-label=\"{}\"></div>\n",
                    escaped("Chart: " + c.title + ". Its numbers are in the table that follows."));
    out_ += "<details><summary>The numbers</summary>\n";
    table(c.numbers);
    out_ += "</details>\n</figure>\n";
    charts_.push_back(Entries{{"kind", c.kind}, {"data", c.data}});
  }

  void add(const Verbatim& v) {
    out_ += "<details><summary>" + escaped(v.title) + "</summary>\n";
    out_ += fmt::format("<a class=\"save\" href=\"#\" download=\"{0}\">Save as {0}</a>\n",
                        escaped(v.file));
    out_ += fmt::format("<pre tabindex=\"0\" role=\"region\" aria-label=\"{0}\">{1}</pre>\n",
                        escaped(v.title), escaped(v.text));
    out_ += "</details>\n";
  }

  void scripts() {
    out_ += "<script type=\"application/json\" id=\"data\">";
    out_ += in_script(
        to_compact_json(Entries{{"charts", std::move(charts_)}, {"results", document_.data}}));
    out_ += "</script>\n";
    for (const std::string_view script : page_scripts()) {
      out_ += "<script>\n";
      out_ += script;
      out_ += "</script>\n";
    }
  }

  const Document& document_;
  std::string out_;
  Records charts_;
  int tables_ = 0;
};

}  // namespace

std::string to_page(const Document& document) { return valid_utf8(Page(document).write()); }

}  // namespace fleetcast::report
