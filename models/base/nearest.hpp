#pragma once

// Words a person may have meant: for "did you mean" in error messages.

#include <span>
#include <string>
#include <string_view>

namespace fleetcast {

/// The candidate most like `word`, or "" when none is like it. A wrong case costs half a typo.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `; did you mean "near"? label: a, b, c`, without the question when nothing is near.
std::string suggestion(std::string_view word, std::string_view label,
                       std::span<const std::string_view> candidates);

/// `text` in double quotes on one line, shortened when it is long.
std::string quoted(std::string_view text);

}  // namespace fleetcast
