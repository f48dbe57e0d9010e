#include "sim/report/table.hpp"

#include <algorithm>

namespace fleetcast::report {
namespace {

constexpr int kNarrowestText = 16;

/// Characters, not bytes; texts of configs/ are UTF-8.
int width_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

std::vector<std::string> lines_of(std::string_view text, int width) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", i), text.size());
    const std::string_view word = text.substr(i, end - i);
    std::string& line = lines.back();
    if (line.empty())
      line = word;
    else if (width_of(line) + 1 + width_of(word) <= width)
      line += " " + std::string(word);
    else
      lines.emplace_back(word);
    i = end + 1;
  }
  return lines;
}

/// The first bytes of `text` that take up to `width` characters: to its last - _ . or / among them,
/// or all of them where there is none.
std::size_t broken_at(std::string_view text, int width) {
  std::size_t end = 0, after_mark = 0;
  for (int count = 0; end < text.size() && count < width; ++count) {
    do ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U);
    if (std::string_view("-_./").find(text[end - 1]) != std::string_view::npos) after_mark = end;
  }
  return after_mark > 0 ? after_mark : end;
}

/// As lines_of, and words that are too long, such as the ids of rows, go on in the next line.
std::vector<std::string> cell_lines(std::string_view text, int width) {
  std::vector<std::string> out;
  for (const std::string& line : lines_of(text, width)) {
    std::string_view rest = line;
    while (width > 0 && width_of(rest) > width) {
      const std::size_t end = broken_at(rest, width);
      out.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    out.emplace_back(rest);
  }
  return out;
}

std::string in_color(std::string_view text, const char* code, const Style& style) {
  if (!style.color) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

int longest_word(std::string_view text) {
  int longest = 0;
  for (const std::string& word : lines_of(text, 0)) longest = std::max(longest, width_of(word));
  return longest;
}

/// As wide as their widest cells; where that is too much, texts give way, the widest first.
std::vector<int> widths_of(const std::vector<Column>& columns,
                           const std::vector<std::vector<std::string>>& rows, int room) {
  std::vector<int> widths;
  int total = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    int width = longest_word(columns[c].title);
    for (const auto& row : rows)
      if (c < row.size()) width = std::max(width, width_of(row[c]));
    widths.push_back(width);
    total += width + 2;
  }
  while (total > room) {
    std::size_t widest = columns.size();
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (!columns[c].is_number && (widest == columns.size() || widths[c] > widths[widest]))
        widest = c;
    if (widest == columns.size() || widths[widest] <= kNarrowestText) break;
    --widths[widest], --total;
  }
  return widths;
}

std::string padded(const std::string& text, int width, bool to_the_right) {
  const std::string pad = spaces(width - width_of(text));
  return to_the_right ? pad + text : text + pad;
}

/// A row, over as many lines as its longest cell takes.
std::string row_text(const std::vector<Column>& columns, const std::vector<int>& widths,
                     const std::vector<std::string>& cells) {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 1;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    lines.push_back(cell_lines(cells[c], widths[c]));
    height = std::max(height, lines.back().size());
  }
  std::string out;
  for (std::size_t i = 0; i < height; ++i) {
    for (std::size_t c = 0; c < lines.size(); ++c)
      out += "  " + padded(i < lines[c].size() ? lines[c][i] : "", widths[c], columns[c].is_number);
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
}

}  // namespace

std::string bold(std::string_view text, const Style& style) { return in_color(text, "1", style); }
std::string faint(std::string_view text, const Style& style) { return in_color(text, "2", style); }

std::string wrapped(std::string_view text, int indent, const Style& style) {
  std::string out;
  for (const std::string& line : lines_of(text, style.width - indent))
    out += spaces(indent) + line + "\n";
  return out;
}

std::string headline(std::string_view text, const Style& style, Answer answer) {
  const char* code = answer == Answer::kBad ? "1;31" : "1";
  std::string out;
  for (const std::string& line : lines_of(text, style.width))
    out += in_color(line, code, style) + "\n";
  return out;
}

std::string render(const std::vector<Column>& columns,
                   const std::vector<std::vector<std::string>>& rows, const Style& style) {
  const std::vector<int> widths = widths_of(columns, rows, style.width);
  std::vector<std::string> titles;
  for (const Column& column : columns) titles.push_back(column.title);
  std::string out;
  if (std::any_of(titles.begin(), titles.end(), [](const auto& t) { return !t.empty(); })) {
    std::string line = row_text(columns, widths, titles);
    line.pop_back();
    out += faint(line, style) + "\n";
  }
  for (const auto& row : rows) out += row_text(columns, widths, row);
  return out;
}

}  // namespace fleetcast::report
