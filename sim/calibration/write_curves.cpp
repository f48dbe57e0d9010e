#include "sim/calibration/write_curves.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace fleetcast::fit {
namespace {

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
std::string text_of(double value) { return fmt::format("{:.4g}", value); }
std::string text_of(Seconds value) { return fmt::format("{:.4g} us", value / kMicrosecond); }
std::string text_of(BytesPerSecond value) { return fmt::format("{:.4g} GB/s", value.base() / 1e9); }

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

template <class Spec>
void write(const Spec& spec, const std::string& indent, std::string& out) {
  fields::for_each<Spec>([&](const auto& field) {
    const auto& value = spec.*field.member;
    if (left_out(value)) return;
    if constexpr (fields::HasList<std::decay_t<decltype(value)>>) {
      out += fmt::format("{}{}:\n", indent, field.key);
      write(value, indent + "  ", out);
    } else {
      out += fmt::format("{}{}: {}\n", indent, field.key, text_of(value));
    }
  });
}

}  // namespace

std::string yaml_of(const KernelCurves& curves) {
  std::string out;
  write(curves, "", out);
  return out;
}

}  // namespace fleetcast::fit
