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

/// Levenshtein (1966), with letters of the wrong case at half price.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j * kEdit;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] += kEdit;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t swapped = diagonal + swap_cost(a[i], b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({swapped, row[j] + kEdit, diagonal + kEdit});
    }
  }
  return row[b.size()];
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
