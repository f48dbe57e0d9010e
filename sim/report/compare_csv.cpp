#include <algorithm>
#include <charconv>
#include <set>

#include "sim/report/compare.hpp"

namespace fleetcast::report {
namespace {

using Cells = std::vector<std::string>;

struct Table {
  std::string file;
  Cells header;
  std::vector<Cells> rows;
};

/// RFC 4180: double quotes hold commas and line ends, two of them are one.
std::vector<std::pair<Cells, int>> lines_of(std::string_view document) {
  std::vector<std::pair<Cells, int>> out;
  Cells cells{{}};
  bool is_quoted = false;
  int line = 1, begun = 1;
  const auto finish = [&] {
    if (cells.size() > 1 || !cells.front().empty()) out.emplace_back(cells, begun);
    cells.assign(1, {});
    begun = line;
  };
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (c == '\n') ++line;
    if (c == '"' && is_quoted && document.substr(i + 1, 1) == "\"")
      cells.back() += document[++i];
    else if (c == '"')
      is_quoted = !is_quoted;
    else if (c == ',' && !is_quoted)
      cells.emplace_back();
    else if (c == '\n' && !is_quoted)
      finish();
    else if (c != '\r' || is_quoted)
      cells.back() += c;
  }
  finish();
  return out;
}

Table table_of(const std::string& document, const std::string& file) {
  Table out{file, {}, {}};
  std::vector<config::Problem> problems;
  for (auto& [cells, line] : lines_of(document)) {
    if (out.header.empty())
      out.header = std::move(cells);
    else if (cells.size() == out.header.size())
      out.rows.push_back(std::move(cells));
    else
      problems.push_back({file, line, 1, "",
                          "has " + std::to_string(cells.size()) + " cells, the header has " +
                              std::to_string(out.header.size())});
  }
  if (out.header.empty()) problems.push_back({file, 1, 1, "", "is empty"});
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  return out;
}

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || rest != end) return {};
  return value;
}

void check_headers(const Table& before, const Table& after) {
  if (before.header == after.header) return;
  std::vector<config::Problem> problems;
  const auto check = [&](const Table& all, const Table& here) {
    for (const std::string& column : all.header)
      if (std::find(here.header.begin(), here.header.end(), column) == here.header.end())
        problems.push_back({here.file, 1, 1, column, "is no column here, but of " + all.file});
  };
  check(before, after);
  check(after, before);
  if (problems.empty())
    problems.push_back(
        {after.file, 1, 1, "", "has its columns in another order than " + before.file});
  throw config::ConfigError(std::move(problems));
}

bool is_text(const Table& table, std::size_t column) {
  return std::none_of(table.rows.begin(), table.rows.end(),
                      [&](const Cells& row) { return number_of(row[column]).has_value(); });
}

bool varies(const Table& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const Cells& row) { return row[column] != table.rows[0][column]; });
}

/// Columns that say which row is which: of the texts before the first number, those that vary.
std::vector<std::size_t> keys_of(const Table& before, const Table& after) {
  std::vector<std::size_t> out;
  for (std::size_t c = 0; c < before.header.size(); ++c) {
    if (!is_text(before, c) || !is_text(after, c)) break;
    if (varies(before, c) || varies(after, c)) out.push_back(c);
  }
  return out;
}

/// One a row; empty where no column is a key.
std::vector<std::string> names_of(const Table& table, const std::vector<std::size_t>& keys) {
  std::vector<std::string> out;
  for (const Cells& row : table.rows) {
    std::string& name = out.emplace_back();
    for (const std::size_t c : keys) name += (name.empty() ? "" : "/") + row[c];
    std::replace(name.begin(), name.end(), '.', '_');  // a path's parts are parted by dots
  }
  return out;
}

bool tell_apart(const std::vector<std::string>& names) {
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

std::vector<Figure> figures_of(const Table& table, const std::vector<std::string>& names,
                               const std::vector<std::size_t>& keys) {
  std::vector<Figure> out;
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      if (std::find(keys.begin(), keys.end(), c) != keys.end()) continue;
      const std::string prefix = names[r].empty() ? "" : names[r] + ".";
      out.push_back({prefix + table.header[c], table.rows[r][c], number_of(table.rows[r][c])});
    }
  return out;
}

}  // namespace

bool is_table(const std::string& document, const std::string& file) {
  if (file.ends_with(".json")) return false;
  if (file.ends_with(".csv")) return true;
  const std::size_t first = document.find_first_not_of(" \t\r\n");
  return first != std::string::npos && document[first] != '{' && document[first] != '[';
}

FigurePair figures_of_tables(const std::string& before, const std::string& before_file,
                             const std::string& after, const std::string& after_file) {
  const Table old = table_of(before, before_file), now = table_of(after, after_file);
  check_headers(old, now);
  std::vector<std::size_t> keys = keys_of(old, now);
  std::vector<std::string> old_names = names_of(old, keys), now_names = names_of(now, keys);
  if (!tell_apart(old_names) || !tell_apart(now_names)) {
    keys.clear();
    for (std::size_t i = 0; i < old_names.size(); ++i) old_names[i] = std::to_string(i);
    for (std::size_t i = 0; i < now_names.size(); ++i) now_names[i] = std::to_string(i);
  }
  return {figures_of(old, old_names, keys), figures_of(now, now_names, keys)};
}

}  // namespace fleetcast::report
