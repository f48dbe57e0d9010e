#include "sim/report/tolerance.hpp"

#include <charconv>
#include <cmath>

namespace fleetcast::report {

std::optional<Tolerance> read_tolerance(std::string_view text) {
  Tolerance out;
  if (const std::size_t equals = text.find('='); equals != std::string_view::npos) {
    if (equals == 0) return std::nullopt;
    out.pattern = text.substr(0, equals);
    text.remove_prefix(equals + 1);
  }
  out.is_relative = text.ends_with('%');
  if (out.is_relative) text.remove_suffix(1);
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, out.amount);
  if (error != std::errc{} || rest != end) return std::nullopt;
  if (!std::isfinite(out.amount) || std::signbit(out.amount)) return std::nullopt;
  if (out.is_relative) out.amount /= 100;
  return out;
}

bool exceeds(double before, double after, const Tolerance& tolerance) {
  const double allowed = tolerance.amount * (tolerance.is_relative ? std::abs(before) : 1);
  return !(std::abs(after - before) <= allowed);
}

}  // namespace fleetcast::report
