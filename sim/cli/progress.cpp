#include "sim/cli/progress.hpp"

#include <unistd.h>

#include "sim/report/number.hpp"

namespace fleetcast::cli {
namespace {

constexpr double kEvery = 0.2;  // seconds
constexpr const char* kClear = "\r\x1b[K";

void put(const std::string& text) {
  // Progress that cannot be shown is no reason to stop.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

StatusLine::StatusLine(bool is_wanted)
    : begun_(std::chrono::steady_clock::now()), is_on_(is_wanted || ::isatty(STDERR_FILENO) == 1) {}

StatusLine::~StatusLine() {
  if (is_shown_) put(kClear);
}

double StatusLine::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

bool StatusLine::is_due() const { return is_on_ && seconds() - last_ >= kEvery; }

void StatusLine::show(const std::string& text) {
  last_ = seconds();
  is_shown_ = true;
  put(kClear + text);
}

void ProgressLine::show(std::uint64_t done, std::uint64_t total,
                        std::chrono::steady_clock::duration elapsed) {
  if (!line_.is_due()) return;
  const double rate = double(done) / std::chrono::duration<double>(elapsed).count();
  line_.show(
      report::whole(double(done)) + " of " + report::whole(double(total)) + " " + things_ + ", " +
      report::three_digits(rate) + " a second" +
      (done > 0 ? ", " + report::duration(Seconds{double(total - done) / rate}) + " left" : ""));
}

}  // namespace fleetcast::cli
