#pragma once

// Where results go: one writer by format, to standard output or whole into a file.

#include <memory>
#include <string>
#include <string_view>

#include "sim/cli/arguments.hpp"
#include "sim/cli/gzip.hpp"
#include "sim/report/csv.hpp"
#include "sim/report/json.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::cli {

/// Text for a file, which appears whole or not at all, or for standard output, bit by bit. A file
/// whose name ends in .gz is compressed.
class Output {
 public:
  /// An empty path: standard output; `option` names it. Throws: config::ConfigError for a file that
  /// cannot be written.
  explicit Output(std::string path, std::string option = "--output");
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  /// False when the reader went away (`| head`), which is no problem.
  /// Throws: config::ConfigError, std::system_error of standard output.
  bool add(std::string_view text);
  /// The file is whole. Throws: config::ConfigError.
  void finish();

 private:
  [[noreturn]] void refuse(int error) const;
  bool put(std::string_view bytes);

  std::string path_, option_, target_, temporary_;
  int file_ = -1;
  std::unique_ptr<Gzip> gzip_;
};

/// To the file of --output, which appears whole or not at all, or to standard output. A reader that
/// went away (`| head`) is no problem.
/// Throws: config::ConfigError for a file that cannot be written, std::system_error otherwise.
void print(const Arguments& arguments, const std::string& text);

/// Color by --color; unset: on a terminal only, and not with NO_COLOR set.
report::Style style_of(const Arguments& arguments);

template <class Result>
void write(const Arguments& arguments, const Result& result) {
  switch (arguments.format) {
    case Format::kTable: return print(arguments, report::to_text(result, style_of(arguments)));
    case Format::kJson: return print(arguments, report::to_json(report::record_of(result)));
    case Format::kCsv: return print(arguments, report::to_csv(report::rows_of(result)));
  }
}

/// The date, as files that are written say it: "2026-01-31".
std::string today();

/// One line to standard error.
void complain(const std::string& text);

}  // namespace fleetcast::cli
