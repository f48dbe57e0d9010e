#include "sim/report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fleetcast::report {
namespace {

struct Flat {
  std::string column;
  std::string text;
};

std::string text_of(const Record& record);

struct Writer {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(double number) const {
    return std::isfinite(number) ? fmt::format("{}", number) : "";
  }
  std::string operator()(const Records& items) const {
    std::string out;
    for (const Record& item : items) out += (out.empty() ? "" : ";") + text_of(item);
    return out;
  }
  std::string operator()(const Entries& entries) const {
    std::string out;
    for (const Entry& e : entries) out += (out.empty() ? "" : " ") + e.key + "=" + text_of(e.value);
    return out;
  }
};

std::string text_of(const Record& record) { return std::visit(Writer{}, record.value); }

void flatten(const Record& record, const std::string& path, std::vector<Flat>& out) {
  const auto* entries = std::get_if<Entries>(&record.value);
  if (entries == nullptr) return out.push_back({path, text_of(record)});
  for (const Entry& entry : *entries)
    flatten(entry.value, path.empty() ? entry.key : path + "." + entry.key, out);
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + quoted(cells[i]);
  return out + "\n";
}

}  // namespace

std::string to_csv(const Records& rows) {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> lines;
  for (const Record& row : rows) {
    std::vector<Flat> cells;
    flatten(row, "", cells);
    std::vector<std::string>& line = lines.emplace_back(columns.size());
    for (Flat& cell : cells) {
      const auto found = std::find(columns.begin(), columns.end(), cell.column);
      const auto index = static_cast<std::size_t>(found - columns.begin());
      if (found == columns.end()) columns.push_back(cell.column);
      line.resize(columns.size());
      line[index] = std::move(cell.text);
    }
  }
  std::string out = line_of(columns);
  for (auto& line : lines) {
    line.resize(columns.size());
    out += line_of(line);
  }
  return out;
}

}  // namespace fleetcast::report
