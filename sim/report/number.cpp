#include "sim/report/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/quantity_text.hpp"

namespace fleetcast::report {
namespace {

struct Scale {
  double from;
  const char* unit;
};

constexpr double kWattHour = 3600.0;

/// The number in the largest unit that it reaches; the first where it reaches none.
template <std::size_t N>
std::string scaled(double number, const std::array<Scale, N>& scales) {
  const Scale* best = &scales.front();
  // 999.6 k is 1.00 M: what rounds up to the next unit belongs there.
  for (const Scale& scale : scales)
    if (std::abs(number) >= scale.from * 0.9995) best = &scale;
  const std::string digits = three_digits(number / best->from);
  return *best->unit == '\0' ? digits : digits + " " + best->unit;
}

}  // namespace

std::string whole(double number) {
  std::string digits = fmt::format("{:.0f}", std::abs(number));
  for (auto i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return number < 0 && digits != "0" ? "-" + digits : digits;
}

std::string three_digits(double number) {
  const double size = std::abs(number);
  if (size == 0.0) return "0";
  if (size >= 999.5) {
    const double unit = std::pow(10.0, std::floor(std::log10(size)) - 2.0);
    return whole(std::round(number / unit) * unit);
  }
  if (size >= 99.95) return whole(number);
  if (size >= 9.995) return fmt::format("{:.1f}", number);
  if (size >= 0.9995) return fmt::format("{:.2f}", number);
  if (size >= 0.001) return fmt::format("{:.3f}", number);
  return fmt::format("{:.2e}", number);
}

std::string amount(double number) {
  constexpr std::array<Scale, 5> kScales{
      {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "B"}, {1e12, "T"}}};
  if (std::abs(number) < 1e4 && number == std::round(number)) return whole(number);
  // "13.0 T" says no more than "13 T".
  std::string text = scaled(number, kScales);
  const auto space = std::min(text.find(' '), text.size());
  if (text.find('.') == std::string::npos) return text;
  auto end = text.find_last_not_of('0', space - 1) + 1;
  if (text[end - 1] == '.') --end;
  return text.erase(end, space - end);
}

std::string percent(double ratio) {
  return fmt::format("{:.{}f} %", 100.0 * ratio, std::abs(ratio) >= 0.0995 ? 0 : 1);
}

std::string money(Dollars dollars) {
  constexpr std::array<Scale, 4> kScales{{{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "B"}}};
  return "$" + scaled(dollars.base(), kScales);
}

std::string duration(Seconds time) {
  constexpr double kLongestInSeconds = 120.0;
  const bool in_seconds = time >= Seconds{1.0} && time.base() < kLongestInSeconds;
  return in_seconds ? three_digits(time.base()) + " s" : to_text(time);
}

std::string days(double count) {
  if (count < 2.0) return duration(kDay * count);
  return (count >= 9.95 ? whole(count) : three_digits(count)) + " days";
}

std::string power(Watts watts) {
  constexpr std::array<Scale, 4> kScales{{{1, "W"}, {1e3, "kW"}, {1e6, "MW"}, {1e9, "GW"}}};
  return scaled(watts.base(), kScales);
}

std::string energy(Joules joules) {
  constexpr std::array<Scale, 5> kScales{
      {{1, "Wh"}, {1e3, "kWh"}, {1e6, "MWh"}, {1e9, "GWh"}, {1e12, "TWh"}}};
  return scaled(joules.base() / kWattHour, kScales);
}

std::string mass(Grams grams) {
  constexpr std::array<Scale, 3> kScales{{{1, "g"}, {1e3, "kg"}, {1e6, "t"}}};
  return scaled(grams.base(), kScales);
}

std::string bytes(Bytes size) {
  constexpr std::array<std::pair<double, const char*>, 4> kUnits{
      {{1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1.0, " B"}}};
  for (const auto& [unit, name] : kUnits)
    if (size.base() >= unit) return three_digits(size.base() / unit) + name;
  return "0 B";
}

std::string gib(Bytes bytes) {
  const double number = bytes / kGiB;
  return number >= 999.5 ? whole(number) : fmt::format("{:.1f}", number);
}

}  // namespace fleetcast::report
