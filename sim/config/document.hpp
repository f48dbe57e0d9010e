#pragma once

// The bytes of a configuration file, refused early when no YAML parser should see them.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sim/config/problem.hpp"

namespace fleetcast::config {

inline constexpr const char* kTooDeep = "is nested deeper than 64 levels";
inline constexpr const char* kTooMany = "has more than 2000000 values, aliases expanded";

/// The whole file. Its size is checked before it is read.
/// Throws: ConfigError (missing, a directory, unreadable, too large).
std::string read_document(const std::string& path);
/// The same of any file, up to so many bytes: else it is too large for `what`.
std::string read_bytes(const std::string& path, std::size_t most, std::string_view what);

/// The first reason not to parse `text`: not UTF-8, binary, or nested or listed beyond any use.
/// One pass; finds only what would cost a parser seconds, the exact limits are the tree's.
std::optional<Problem> screen(std::string_view name, std::string_view text);

/// The text after a byte order mark, if it has one.
std::string_view without_bom(std::string_view text);

/// Offset of the 1-based line and column (in characters).
std::size_t offset_of(std::string_view text, int line, int column);

/// Whether the quoted scalar that starts at `offset`, perhaps behind an anchor or tag, is closed.
/// yaml-cpp closes an open quote silently at the end of the file.
bool quote_is_closed(std::string_view text, std::size_t offset);

}  // namespace fleetcast::config
