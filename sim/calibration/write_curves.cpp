#include "sim/calibration/write_curves.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace fleetcast::fit {

std::string text_of(double value) {
  return std::abs(value) >= 1e4 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}
std::string text_of(Seconds value) { return fmt::format("{:.4g} us", value / kMicrosecond); }
std::string text_of(BytesPerSecond value) { return fmt::format("{:.4g} GB/s", value.base() / 1e9); }
std::string text_of(Bytes value) { return fmt::format("{:.4g} B", value.base()); }

namespace {

using fit::text_of;  // numbers; texts and lists below

/// Text of several lines is folded.
std::string text_of(const std::string& value) {
  if (value.find('\n') == std::string::npos) return fmt::format("\"{}\"", value);
  std::string out = ">-";
  std::size_t from = 0;
  while (from < value.size()) {
    const std::size_t end = std::min(value.find('\n', from), value.size());
    out += "\n  " + value.substr(from, end - from);
    from = end + 1;
  }
  return out;
}
std::string text_of(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ", ") + text_of(value);
  return "[" + out + "]";
}

bool left_out(const GemmCurve& curve) { return curve.efficiency == 0.0; }
bool left_out(const MemoryCurve& curve) { return curve.efficiency == 0.0; }
bool left_out(const ServingCurves& curves) {
  return left_out(curves.quantize_fp8) && left_out(curves.quantize_fp8_block) &&
         left_out(curves.quantize_fp4) && left_out(curves.fp4);
}
template <class T>
bool left_out(const T&) {
  return false;
}

template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = !std::is_same_v<T, std::string>;

/// An optional number that says what its absence says.
template <class Field, class Spec>
bool is_default(const Field& field, const Spec& spec) {
  using Value = std::remove_cvref_t<decltype(spec.*field.member)>;
  if constexpr (requires(Value a) { a == a; })
    return !field.required && spec.*field.member == Spec{}.*field.member;
  return false;
}

template <class Spec>
void write(const Spec& spec, const std::string& indent, std::string& out);

template <class Item>
void write_list(const std::vector<Item>& items, const std::string& indent, std::string& out) {
  for (const Item& item : items) {
    std::string text;
    write(item, indent + "    ", text);
    text[indent.size() + 2] = '-';
    out += text;
  }
}

template <class Spec>
void write(const Spec& spec, const std::string& indent, std::string& out) {
  fields::for_each<Spec>([&](const auto& field) {
    const auto& value = spec.*field.member;
    using Value = std::remove_cvref_t<decltype(value)>;
    if (left_out(value)) return;
    if constexpr (is_list<Value>) {
      if (value.empty()) return;
      out += fmt::format("{}{}:\n", indent, field.key);
      write_list(value, indent, out);
    } else if constexpr (fields::HasList<Value>) {
      out += fmt::format("{}{}:\n", indent, field.key);
      write(value, indent + "  ", out);
    } else {
      if (!is_default(field, spec))
        out += fmt::format("{}{}: {}\n", indent, field.key, text_of(value));
    }
  });
}

template <class Spec>
std::string written(const Spec& spec) {
  std::string out;
  write(spec, "", out);
  return out;
}

}  // namespace

std::string yaml_of(const CalibrationFile& file) { return written(file); }
std::string yaml_of(const KernelCurves& curves) { return written(curves); }
std::string yaml_of(const Implementations& all) { return written(all); }
std::string yaml_of(const Fabric& fabric) { return written(fabric); }

}  // namespace fleetcast::fit
