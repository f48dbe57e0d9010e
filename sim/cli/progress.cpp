#include "sim/cli/progress.hpp"

#include <unistd.h>

#include "sim/report/number.hpp"

namespace fleetcast::cli {
namespace {

constexpr double kEvery = 0.2;  ///< s

void put(const std::string& text) {
  // Progress that cannot be shown is no reason to stop.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ProgressLine::ProgressLine(std::string_view things, bool is_wanted)
    : things_(things), is_on_(is_wanted || ::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (is_shown_) put("\r\x1b[K");
}

void ProgressLine::show(std::uint64_t done, std::uint64_t total,
                        std::chrono::steady_clock::duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (!is_on_ || seconds - last_ < kEvery) return;
  last_ = seconds;
  is_shown_ = true;
  const double rate = double(done) / seconds;
  put("\r\x1b[K" + report::whole(double(done)) + " of " + report::whole(double(total)) + " " +
      things_ + ", " + report::three_digits(rate) + " a second" +
      (done > 0 ? ", " + report::duration(Seconds{double(total - done) / rate}) + " left" : ""));
}

}  // namespace fleetcast::cli
