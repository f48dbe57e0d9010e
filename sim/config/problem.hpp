#pragma once

// What is wrong with a user's file: every problem at once, each with its place.

#include <algorithm>
#include <exception>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace fleetcast::config {

struct Problem {
  std::string file;
  int line = 1;     ///< from 1
  int column = 1;   ///< from 1, in characters
  std::string key;  ///< dotted path, as `--set` takes it; empty for the file as a whole
  std::string what;

  /// `file:line:column: key: what`
  [[nodiscard]] std::string text() const {
    const std::string place =
        file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
    return place + (key.empty() ? "" : key + ": ") + what;
  }
};

/// A file that cannot be used. Never empty, in the order of the file; what() has one line a
/// problem.
class ConfigError : public std::exception {
 public:
  /// Requires: at least one problem.
  explicit ConfigError(std::vector<Problem> problems) : problems_(std::move(problems)) {
    std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
      return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    for (const Problem& problem : problems_) {
      if (!what_.empty()) what_ += '\n';
      what_ += problem.text();
    }
  }

  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
  std::string what_;
};

}  // namespace fleetcast::config
