#include "sim/config/echo.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_map>

namespace fleetcast::config {
namespace {

/// Whether YAML and this reader take `text` as it stands, in block and flow context.
bool is_plain(std::string_view text) {
  const auto is_word_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" _./()+-%").find(c) != std::string_view::npos;
  };
  if (text.empty() || text.back() == ' ' || !std::isalnum(static_cast<unsigned char>(text[0]))) {
    return false;
  }
  constexpr std::array<std::string_view, 3> kNulls{"null", "Null", "NULL"};
  if (std::find(kNulls.begin(), kNulls.end(), text) != kNulls.end()) return false;
  return std::all_of(text.begin(), text.end(), is_word_char);
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', kHex[byte / 16], kHex[byte % 16]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string yaml_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : escaped(text);
}

std::string joined(const std::string& path, const std::string& word) {
  return path.empty() ? word : path + "." + word;
}

void collect(const Echo& echo, const std::string& path, const std::string& meaning,
             const Sources& sources, std::vector<EchoLine>& out) {
  const std::string& own = echo.meaning.empty() ? meaning : echo.meaning;
  for (const Echo& child : echo.children) {
    collect(child, joined(path, child.key.empty() ? child.name : child.key), own, sources, out);
  }
  const bool is_empty_list = echo.kind == Kind::kSequence && echo.children.empty();
  if (echo.kind != Kind::kScalar && !is_empty_list) return;
  EchoLine line{path, is_empty_list ? "[]" : echo.text, own, "", false};
  if (const auto found = sources.find(path); found != sources.end()) {
    line.source = found->second.source;
    line.assumption = found->second.assumption;
  }
  out.push_back(std::move(line));
}

class Writer {
 public:
  explicit Writer(const Sources& sources) : sources_(sources) {}

  void mapping(const Echo& echo, const std::string& path, const std::string& indent) {
    std::string lead = indent;
    if (out_.ends_with("- ")) lead.clear();
    for (const Echo& child : echo.children) {
      out_ += lead + child.key + ":";
      lead = indent;
      value(child, joined(path, child.key), indent);
    }
    if (echo.children.empty()) out_ += lead + "{}\n";
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  friend std::string config::flow_text(const Echo& echo);
  void value(const Echo& echo, const std::string& path, const std::string& indent) {
    const bool holds_mappings =
        !echo.children.empty() && echo.children.front().kind == Kind::kMapping;
    if (echo.kind == Kind::kMapping && !echo.children.empty()) {
      out_ += '\n';
      mapping(echo, path, indent + "  ");
    } else if (echo.kind == Kind::kSequence && holds_mappings) {
      out_ += '\n';
      for (const Echo& item : echo.children) {
        out_ += indent + "  - ";
        mapping(item, joined(path, item.name), indent + "    ");
      }
    } else {
      out_ += ' ' + sourced(echo, path) + '\n';
    }
  }

  /// A value with the source it came with.
  [[nodiscard]] std::string sourced(const Echo& echo, const std::string& path) const {
    const auto found = sources_.find(path);
    if (found == sources_.end()) return flow(echo, path);
    const Provenance& from = found->second;
    std::string text = "{value: " + flow(echo, path);
    if (!from.source.empty()) text += ", source: " + yaml_text(from.source);
    if (!from.note.empty()) text += ", note: " + yaml_text(from.note);
    if (from.assumption) text += ", assumption: true";
    return text + "}";
  }

  [[nodiscard]] std::string flow(const Echo& echo, const std::string& path) const {
    if (echo.kind == Kind::kNull) return "~";
    if (echo.kind == Kind::kScalar) return echo.is_text ? yaml_text(echo.text) : echo.text;
    const bool is_list = echo.kind == Kind::kSequence;
    std::string text;
    for (const Echo& child : echo.children) {
      text += text.empty() ? "" : ", ";
      if (!is_list) text += child.key + ": ";
      text += sourced(child, joined(path, is_list ? child.name : child.key));
    }
    return is_list ? "[" + text + "]" : "{" + text + "}";
  }

  const Sources& sources_;
  std::string out_;
};

}  // namespace

namespace detail {

void name_items(Echo& list) {
  const auto name_of = [](const Echo& item) {
    for (const Echo& child : item.children) {
      if (child.key == "name") return child.text;
    }
    return std::string();
  };
  std::vector<std::string> names;
  for (const Echo& item : list.children) names.push_back(name_of(item));
  names = item_words(std::move(names));
  for (std::size_t i = 0; i < names.size(); ++i) list.children[i].name = std::move(names[i]);
}

}  // namespace detail

std::vector<EchoLine> lines_of(const Echo& echo, const Sources& sources) {
  std::vector<EchoLine> lines;
  collect(echo, "", "", sources, lines);
  return lines;
}

std::string yaml_of(const Echo& echo, const Sources& sources) {
  Writer writer(sources);
  writer.mapping(echo, "", "");
  return writer.take();
}

std::string sources_yaml(const SourceTexts& texts) {
  std::string out = texts.empty() ? "" : "sources:\n";
  for (const auto& [name, text] : texts)
    out += "  " + yaml_text(name) + ": " + yaml_text(text) + "\n";
  return out;
}

std::string flow_text(const Echo& echo) {
  const Sources none;
  return Writer(none).flow(echo, "");
}

}  // namespace fleetcast::config
