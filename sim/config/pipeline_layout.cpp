#include <algorithm>
#include <cctype>

#include "sim/config/measurement.hpp"

// Stages of a pipeline as Megatron-Core's layout text has them.

namespace fleetcast::config {
namespace {

constexpr std::size_t kLongestLayout = 100000;
const std::string kNoLayout = "?";  // no letter of a layout

/// Expands repetitions; `at` moves behind what was read.
std::string expand(const std::string& text, std::size_t& at, bool inside) {
  std::string out;
  while (at < text.size() && !(inside && text[at] == ')')) {
    std::string unit;
    if (text[at] == '(') {
      unit = expand(text, ++at, true);
      if (at >= text.size()) return kNoLayout;
      ++at;
    } else {
      unit = text[at++];
    }
    int times = 1;
    if (at + 1 < text.size() && text[at] == '*' && std::isdigit(text[at + 1]) != 0) {
      for (times = 0, ++at; at < text.size() && std::isdigit(text[at]) != 0; ++at)
        times = std::min(100000, times * 10 + (text[at] - '0'));
    }
    if (out.size() + unit.size() * static_cast<std::size_t>(times) > kLongestLayout)
      return kNoLayout;
    for (int i = 0; i < times; ++i) out += unit;
  }
  return out;
}

}  // namespace

std::vector<std::string> parse_pipeline_layout(const std::string& text) {
  std::size_t at = 0;
  const std::string flat = expand(text, at, false);
  if (at != text.size() || flat.find_first_not_of("EtmL|") != std::string::npos) return {};
  std::vector<std::string> stages(1);
  for (const char c : flat) {
    if (c == '|')
      stages.emplace_back();
    else
      stages.back() += c;
  }
  return stages;
}

}  // namespace fleetcast::config
