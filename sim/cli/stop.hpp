#pragma once

// Ctrl-C and its like, for commands that end what they do before they go.

#include <atomic>

namespace fleetcast::cli {

/// While it lives, the first SIGINT or SIGTERM is kept in signal(); the second one ends the
/// program at once. One at a time.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  /// 0: none came.
  [[nodiscard]] static const std::atomic<int>& signal();
  /// As a shell would report it: 130 for Ctrl-C.
  [[nodiscard]] static int exit_code();

 private:
  using Handler = void (*)(int);
  Handler interrupt_, terminate_;
};

}  // namespace fleetcast::cli
