#pragma once

// A document for people who were not there, before it is HTML or Markdown: sections of texts,
// tables, charts with their numbers, and files to take away. Texts are plain; writers escape them.

#include <string>
#include <variant>
#include <vector>

#include "sim/report/record.hpp"
#include "sim/report/table.hpp"

namespace fleetcast::report {

struct Paragraph {
  std::string text;
};

/// Requires: as many cells in every row as columns.
struct TextTable {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// A picture that page.js draws from `data`, for those who see it; its description and numbers are
/// for all others, and for Markdown.
struct Chart {
  std::string kind;  ///< key of page.js's table of charts
  std::string title, description;
  Record data;
  TextTable numbers;
};

/// A line to be typed.
struct CommandLine {
  std::string text;
};

/// Text to be kept as it is, such as a file.
struct Verbatim {
  std::string title;
  std::string file;  ///< the name it is saved under
  std::string text;
};

using Block = std::variant<Paragraph, TextTable, Chart, CommandLine, Verbatim>;

struct Section {
  std::string key;  ///< unique in the document: letters, digits and -
  std::string title;
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  std::string answer;             ///< one sentence
  std::vector<std::string> lead;  ///< what it is about, and what a reader must know
  std::vector<Section> sections;
  Record data;         ///< the results it shows, as --format json prints them
  std::string footer;  ///< what made it, and how
};

std::string to_markdown(const Document& document);

/// One file of HTML that asks for nothing else: styles, charts and data are in it.
std::string to_page(const Document& document);

}  // namespace fleetcast::report
