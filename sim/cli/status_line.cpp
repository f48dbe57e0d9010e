#include "sim/cli/status_line.hpp"

#include <unistd.h>

namespace fleetcast::cli {
namespace {

constexpr double kEvery = 0.2;  // seconds
constexpr const char* kClear = "\r\x1b[K";

void write(const std::string& text) {
  // Progress that cannot be shown is no reason to stop.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

StatusLine::StatusLine()
    : begun_(std::chrono::steady_clock::now()), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

StatusLine::~StatusLine() {
  if (is_shown_) write(kClear);
}

double StatusLine::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

bool StatusLine::is_due() const { return is_terminal_ && seconds() - last_ >= kEvery; }

void StatusLine::show(const std::string& text) {
  last_ = seconds();
  is_shown_ = true;
  write(kClear + text);
}

}  // namespace fleetcast::cli
