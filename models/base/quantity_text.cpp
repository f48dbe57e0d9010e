#include "models/base/quantity_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <tuple>
#include <vector>

#include "models/base/nearest.hpp"

namespace fleetcast {
namespace {

constexpr double kLargest = 1e36;
constexpr double kSmallest = 1e-36;

constexpr std::array kSuffixes{Unit{""},     Unit{"%", -2}, Unit{"k", 3},
                               Unit{"M", 6}, Unit{"B", 9},  Unit{"T", 12}};
constinit const UnitTable kNumber{"number", "a", "12\", \"0.4\", \"40 %\" or \"13T", "", kSuffixes};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A number in text, its power of ten apart: "1.5e3" is "1.5" and 3.
struct Decimal {
  std::string_view digits;
  std::string_view exponent;
  std::size_t size = 0;  ///< 0: the text does not start with a number
};

/// Reads the longest JSON number at the start of `text`.
Decimal scan_decimal(std::string_view text) {
  const auto run = [&](std::size_t i) {
    while (i < text.size() && is_digit(text[i])) ++i;
    return i;
  };
  std::size_t begin = !text.empty() && text[0] == '-' ? 1 : 0;
  std::size_t end = begin < text.size() && text[begin] == '0' ? begin + 1 : run(begin);
  if (end == begin) return {};
  if (end < text.size() && text[end] == '.' && run(end + 1) > end + 1) end = run(end + 1);
  Decimal decimal{text.substr(0, end), {}, end};
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    begin = end + 1;
    if (begin < text.size() && (text[begin] == '-' || text[begin] == '+')) ++begin;
    if (run(begin) == begin) return decimal;
    decimal.size = run(begin);
    if (text[end + 1] != '+') begin = end + 1;
    decimal.exponent = text.substr(begin, decimal.size - begin);
  }
  return decimal;
}

/// The double nearest to digits * 10^(exponent + shift); false when no double is near.
bool evaluate(const Decimal& decimal, int shift, double& value) {
  long exponent = 0;
  const std::string_view written = decimal.exponent;
  const auto read = std::from_chars(written.data(), written.data() + written.size(), exponent);
  if (!written.empty() && read.ec != std::errc{}) return false;
  if (std::abs(exponent) > 1000000) return false;
  const std::string text = std::string(decimal.digits) + "e" + std::to_string(exponent + shift);
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

std::string expected(const UnitTable& table) {
  return std::string(table.article) + " " + std::string(table.name) + " such as \"" +
         std::string(table.example) + "\"";
}

std::string unit_error(const UnitTable& table, std::string_view text, std::string_view unit) {
  for (const UnitTable* other : units::all()) {
    if (other->find(unit) == nullptr) continue;
    return quoted(text) + " is " + std::string(other->article) + " " + std::string(other->name) +
           ", expected " + expected(table);
  }
  std::vector<std::string_view> symbols;
  for (const Unit& known : table.units) symbols.push_back(known.symbol);
  if (&table == &kNumber) return quoted(text) + " is not " + expected(table);
  return quoted(unit) + " is not a unit of " + std::string(table.name) +
         suggestion(unit, "units", symbols);
}

std::string missing_unit(const UnitTable& table, std::string_view text) {
  const std::string_view symbol = table.example.substr(table.example.find(' ') + 1);
  return quoted(text) + " needs a unit, such as " +
         quoted(std::string(text) + " " + std::string(symbol));
}

/// Up to `digits` decimals, without trailing zeros.
std::string fixed(double value, int decimals) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, decimals);
  std::string text(buffer.data(), end.ptr);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string significant(double value, int digits) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::general, digits);
  return {buffer.data(), end.ptr};
}

std::string shown_number(double value) {
  const double size = std::abs(value);
  if (!(size >= 1.0 && size < 1e6)) return significant(value, size < 1.0 ? 3 : 4);
  return fixed(value, size >= 1000.0 ? 0 : size >= 10.0 ? 1 : 2);
}

/// Text of `base` in one unit that reads back exactly; "" when rounding prevents it.
std::string exact_number_in(const UnitTable& table, const Unit& unit, double base) {
  const double value = base / unit.factor();
  for (const std::string& text : {significant(value, 15), exact_number_text(value)}) {
    const Parsed<double> back = parse_in(table, text + " " + std::string(unit.symbol));
    if (back.ok() && back.value == base) return text;
  }
  return {};
}

}  // namespace

Parsed<double> parse_in(const UnitTable& table, std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return {0.0, "is empty, expected " + expected(table)};
  const Decimal decimal = scan_decimal(text);
  const std::string_view unit = trimmed(text.substr(decimal.size));
  if (decimal.size == 0 || std::any_of(unit.begin(), unit.end(), is_digit)) {
    return {0.0, quoted(text) + " is not " + expected(table)};
  }
  const Unit* known = table.find(unit);
  if (known == nullptr && unit.empty()) return {0.0, missing_unit(table, text)};
  if (known == nullptr) return {0.0, unit_error(table, text, unit)};
  double value = 0.0;
  const bool near = evaluate(decimal, known->exponent, value);
  value = value * known->times / known->over + 0.0;  // + 0.0 turns -0 into 0
  const double size = std::abs(value);
  if (!near || size > kLargest || (size < kSmallest && size != 0.0)) {
    return {0.0, quoted(text) + " is out of range (1e-36 to 1e36 in base units)"};
  }
  return {value, {}};
}

Parsed<double> parse_number(std::string_view text) { return parse_in(kNumber, text); }

std::string text_in(const UnitTable& table, double base) {
  if (base == 0.0) return "0 " + std::string(table.base);
  const Unit* chosen = nullptr;
  for (const Unit& unit : table.units) {
    // 999.96 GB would round to "1000 GB": it is 1 TB.
    const bool large = std::abs(base) / unit.factor() >= unit.shown_from * 0.99995;
    if (unit.use == UnitUse::kShow && (chosen == nullptr || large)) chosen = &unit;
  }
  return shown_number(base / chosen->factor()) + " " + std::string(chosen->symbol);
}

std::string exact_text_in(const UnitTable& table, double base) {
  if (base == 0.0) return "0 " + std::string(table.base);
  std::string best;
  auto best_rank = std::tuple{2, std::size_t{0}};
  for (const Unit& unit : table.units) {
    if (unit.use == UnitUse::kRead) continue;
    const std::string number = exact_number_in(table, unit, base);
    if (number.empty()) continue;
    const double size = std::abs(base) / unit.factor();
    const auto rank = std::tuple{size >= 0.9999 && size < 1000.0 ? 0 : 1, number.size()};
    if (rank >= best_rank) continue;
    best_rank = rank;
    best = number + " " + std::string(unit.symbol);
  }
  return best.empty() ? exact_number_text(base) + " " + std::string(table.base) : best;
}

std::string exact_number_text(double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end.ptr};
}

std::string to_gib_text(Bytes bytes) { return shown_number(bytes / kGiB) + " GiB"; }

}  // namespace fleetcast
