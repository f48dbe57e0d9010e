#include "sim/report/table.hpp"

#include <algorithm>

namespace fleetcast::report {
namespace {

constexpr int kLeastLastColumn = 20;

/// Characters, not bytes; texts of configs/ are UTF-8.
int width_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

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

std::string in_color(std::string_view text, const char* code, const Style& style) {
  if (!style.color) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::vector<int> widths_of(const std::vector<Column>& columns,
                           const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    int width = width_of(columns[c].title);
    for (const auto& row : rows)
      if (c < row.size()) width = std::max(width, width_of(row[c]));
    widths.push_back(width);
  }
  return widths;
}

std::string line_of(const std::vector<Column>& columns, const std::vector<int>& widths,
                    const std::vector<std::string>& cells, int room) {
  std::string out;
  int before_last = 0;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    out += "  ";
    const std::string pad = spaces(widths[c] - width_of(cells[c]));
    if (columns[c].is_number) {
      out += pad + cells[c];
    } else if (c + 1 < cells.size()) {
      out += cells[c] + pad;
    } else {
      const std::vector<std::string> lines = lines_of(cells[c], std::max(room, kLeastLastColumn));
      for (std::size_t i = 0; i < lines.size(); ++i)
        out += i == 0 ? lines[i] : "\n" + spaces(before_last + 2) + lines[i];
    }
    before_last += 2 + widths[c];
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out + "\n";
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

std::string render(const std::vector<Column>& columns,
                   const std::vector<std::vector<std::string>>& rows, const Style& style) {
  const std::vector<int> widths = widths_of(columns, rows);
  int room = style.width - 2;
  for (std::size_t c = 0; c + 1 < widths.size(); ++c) room -= widths[c] + 2;
  std::string out;
  std::vector<std::string> titles;
  for (const Column& column : columns) titles.push_back(column.title);
  if (std::any_of(titles.begin(), titles.end(), [](const auto& t) { return !t.empty(); })) {
    std::string line = line_of(columns, widths, titles, room);
    line.pop_back();
    out += faint(line, style) + "\n";
  }
  for (const auto& row : rows) out += line_of(columns, widths, row, room);
  return out;
}

}  // namespace fleetcast::report
