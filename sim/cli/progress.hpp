#pragma once

// How far a command is that takes a while.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleetcast::cli {

/// A line on the terminal, some times a second, and gone at the end; nothing elsewhere, unless it
/// is wanted.
class ProgressLine {
 public:
  /// `things` are counted: "points".
  explicit ProgressLine(std::string_view things, bool is_wanted = false);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  void show(std::uint64_t done, std::uint64_t total, std::chrono::steady_clock::duration elapsed);

 private:
  std::string things_;
  bool is_on_;
  bool is_shown_ = false;
  double last_ = 0;  ///< seconds
};

}  // namespace fleetcast::cli
