#pragma once

// Rows of results as lines of text, for other programs.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sweep/rows.hpp"

namespace fleetcast::sweep {

struct ExportFormat {
  std::string_view key;
  std::string_view meaning;
  /// What stands before the rows; appends.
  void (*head)(const std::vector<Column>& columns, std::string& out);
  void (*line)(const std::vector<Column>& columns, const Row& row, std::string& out);
};

/// csv: a header, a line a row, empty for null; numbers read back exactly, truth is true or false,
/// the hash is hexadecimal. jsonl: an object a line with the same keys.
std::span<const ExportFormat* const> export_formats();
/// Null when it is none.
const ExportFormat* find_export_format(std::string_view key);

}  // namespace fleetcast::sweep
