#pragma once

// Progress on a terminal: one line of standard error, written over some times a second and gone in
// the end.

#include <chrono>
#include <string>

namespace fleetcast::cli {

class StatusLine {
 public:
  StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  ~StatusLine();

  /// Whether it is time to show() again; never where standard error is no terminal.
  [[nodiscard]] bool is_due() const;
  void show(const std::string& text);
  [[nodiscard]] double seconds() const;  ///< since it was made

 private:
  std::chrono::steady_clock::time_point begun_;
  double last_ = 0;
  bool is_terminal_, is_shown_ = false;
};

}  // namespace fleetcast::cli
