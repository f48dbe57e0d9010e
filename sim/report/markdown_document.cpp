// A document in GitHub's Markdown (https://github.github.com/gfm). Charts are their numbers.

#include "sim/report/document.hpp"
#include "sim/report/json.hpp"
#include "sim/report/markdown.hpp"

namespace fleetcast::report {
namespace {

/// What would be markup is text.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_<>[]#|&~").find(c) != std::string_view::npos) out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out;
}

std::string row_of(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& text : cells) out += " " + plain(text) + " |";
  return out + "\n";
}

class Writer {
 public:
  std::string out;

  void operator()(const Paragraph& p) { out += plain(p.text) + "\n\n"; }

  void operator()(const TextTable& t) {
    out += plain(t.caption) + ":\n\n";
    std::vector<std::string> titles;
    std::string rule = "|";
    for (const Column& c : t.columns) {
      titles.push_back(c.title);
      rule += c.is_number ? "--:|" : "---|";
    }
    out += row_of(titles) + rule + "\n";
    for (const std::vector<std::string>& row : t.rows) out += row_of(row);
    out += "\n";
  }

  void operator()(const Chart& c) {
    out += "### " + plain(c.title) + "\n\n" + plain(c.description) + "\n\n";
    (*this)(c.numbers);
  }

  void operator()(const CommandLine& c) { fenced(c.text + "\n"); }

  void operator()(const Verbatim& v) {
    out += "### " + plain(v.title) + "\n\n";
    fenced(v.text);
  }

 private:
  /// The fence is longer than any in the text.
  void fenced(const std::string& text) {
    std::string fence = "```";
    while (text.find(fence) != std::string::npos) fence += '`';
    out += fence + "\n" + text + fence + "\n\n";
  }
};

}  // namespace

std::string to_markdown(const Document& document) {
  Writer writer;
  writer.out = "# " + plain(document.title) + "\n\n**" + plain(document.answer) + "**\n\n";
  for (const std::string& text : document.lead) writer(Paragraph{text});
  for (const Section& section : document.sections) {
    writer.out += "## " + plain(section.title) + "\n\n";
    for (const Block& block : section.blocks) std::visit(writer, block);
  }
  return valid_utf8(writer.out + plain(document.footer) + "\n");
}

}  // namespace fleetcast::report
