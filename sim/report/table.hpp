#pragma once

// Aligned text tables for a terminal.

#include <string>
#include <string_view>
#include <vector>

namespace fleetcast::report {

struct Style {
  bool color = false;
  int width = 80;
};

std::string bold(std::string_view text, const Style& style);
std::string faint(std::string_view text, const Style& style);

/// `text` in lines of at most `width` characters, each after `indent` spaces. Words are kept whole.
std::string wrapped(std::string_view text, int indent, const Style& style);

/// The same in bold, without indent: the answer; in red where it is a bad one.
enum class Answer : unsigned char { kFine, kBad };
std::string headline(std::string_view text, const Style& style, Answer answer = Answer::kFine);

struct Column {
  std::string title;
  bool is_number = false;  ///< to the right
};

/// Rows two spaces in, columns two apart, no trailing spaces; long texts wrap inside their column,
/// long words behind a - _ . or /.
/// A line of titles comes first where there are any.
std::string render(const std::vector<Column>& columns,
                   const std::vector<std::vector<std::string>>& rows, const Style& style);

}  // namespace fleetcast::report
