#pragma once

// How far a command is that takes a while.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleetcast::cli {

/// A line on the terminal, some times a second, and gone at the end; nothing elsewhere, unless it
/// is wanted.
class StatusLine {
 public:
  explicit StatusLine(bool is_wanted = false);
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  ~StatusLine();

  /// Whether it is time to show() again.
  [[nodiscard]] bool is_due() const;
  void show(const std::string& text);
  [[nodiscard]] double seconds() const;  ///< since it was made

 private:
  std::chrono::steady_clock::time_point begun_;
  double last_ = 0;
  bool is_on_, is_shown_ = false;
};

/// The same for what is counted.
class ProgressLine {
 public:
  /// `things` are counted: "points".
  explicit ProgressLine(std::string_view things, bool is_wanted = false)
      : line_(is_wanted), things_(things) {}

  void show(std::uint64_t done, std::uint64_t total, std::chrono::steady_clock::duration elapsed);

 private:
  StatusLine line_;
  std::string things_;
};

}  // namespace fleetcast::cli
