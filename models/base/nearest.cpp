#include "models/base/nearest.hpp"

#include <algorithm>
#include <vector>

namespace fleetcast {
namespace {

constexpr std::size_t kEdit = 2;
constexpr std::size_t kCase = 1;
constexpr std::size_t kLongestWord = 100;
constexpr std::size_t kLongestQuote = 60;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t swap_cost(char a, char b) {
  if (a == b) return 0;
  return lower(a) == lower(b) ? kCase : kEdit;
}

/// Damerau (1964): typos are a letter wrong, missing, added, or two swapped. The wrong case is
/// half.
std::size_t distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> cost((a.size() + 1) * width);
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      std::size_t& here = cost[i * width + j];
      here = kEdit * (i + j);
      if (i == 0 || j == 0) continue;
      here = std::min({cost[(i - 1) * width + j] + kEdit, cost[i * width + j - 1] + kEdit,
                       cost[(i - 1) * width + j - 1] + swap_cost(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        here = std::min(here, cost[(i - 2) * width + j - 2] + kEdit);
      }
    }
  }
  return cost[a.size() * width + b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  if (word.size() > kLongestWord) return best;
  // One edit in three letters, and one in a very short word, is a typo; more is another word.
  std::size_t limit = kEdit * std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t cost = distance(word, candidate);
    if (cost >= limit || cost >= kEdit * std::max(word.size(), candidate.size())) continue;
    limit = cost;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view word, std::string_view label,
                       std::span<const std::string_view> candidates) {
  std::string text = "; ";
  const std::string_view near = nearest(word, candidates);
  if (!near.empty()) text += "did you mean " + quoted(near) + "? ";
  text += std::string(label) + ": ";
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) text += ", ";
    text += candidates[i];
  }
  return text;
}

std::string quoted(std::string_view text) {
  std::size_t end = text.size();
  if (end > kLongestQuote) {
    end = kLongestQuote;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  }
  std::string out = "\"";
  for (const char c : text.substr(0, end)) {
    out += static_cast<unsigned char>(c) < 0x20U || c == 0x7F ? ' ' : c;
  }
  return out + (end < text.size() ? "...\"" : "\"");
}

}  // namespace fleetcast
