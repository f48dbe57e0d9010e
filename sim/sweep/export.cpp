#include "sim/sweep/export.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace fleetcast::sweep {
namespace {

bool is_true(const Column& column) { return column.type == CellType::kBoolean; }

void add_number(const Column& column, std::int64_t number, std::string& out) {
  if (is_true(column))
    out += number != 0 ? "true" : "false";
  else
    fmt::format_to(std::back_inserter(out), "{}", number);
}

void add_quoted(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void csv_head(const std::vector<Column>& columns, std::string& out) {
  out += "point,hash";
  for (const Column& column : columns) {
    out += ',';
    add_quoted(column.key, out);
  }
  out += '\n';
}

void csv_line(const std::vector<Column>& columns, const Row& row, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{},{}", row.point, hex(row.hash));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += ',';
    const Cell& cell = row.cells[i];
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) add_number(columns[i], *whole, out);
    if (const auto* number = std::get_if<double>(&cell))
      fmt::format_to(std::back_inserter(out), "{}", *number);
    if (const auto* text = std::get_if<std::string>(&cell)) add_quoted(*text, out);
  }
  out += '\n';
}

void add_json(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (byte < 0x20)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    else
      out += c;
  }
  out += '"';
}

void jsonl_head(const std::vector<Column>& /*columns*/, std::string& /*out*/) {}

void jsonl_line(const std::vector<Column>& columns, const Row& row, std::string& out) {
  fmt::format_to(std::back_inserter(out), R"({{"point":{},"hash":"{}")", row.point, hex(row.hash));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += ',';
    add_json(columns[i].key, out);
    out += ':';
    const Cell& cell = row.cells[i];
    if (const auto* whole = std::get_if<std::int64_t>(&cell))
      add_number(columns[i], *whole, out);
    else if (const auto* number = std::get_if<double>(&cell))
      fmt::format_to(std::back_inserter(out), "{}", *number);
    else if (const auto* text = std::get_if<std::string>(&cell))
      add_json(*text, out);
    else
      out += "null";
  }
  out += "}\n";
}

constexpr ExportFormat kCsv{"csv", "a header and a line a point", csv_head, csv_line};
constexpr ExportFormat kJsonl{"jsonl", "a JSON object a line", jsonl_head, jsonl_line};

}  // namespace

std::span<const ExportFormat* const> export_formats() {
  static constexpr std::array<const ExportFormat*, 2> kFormats{&kCsv, &kJsonl};
  return kFormats;
}

const ExportFormat* find_export_format(std::string_view key) {
  for (const ExportFormat* format : export_formats())
    if (format->key == key) return format;
  return nullptr;
}

}  // namespace fleetcast::sweep
