#include "sim/cli/output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "models/base/nearest.hpp"
#include "sim/config/problem.hpp"

namespace fleetcast::cli {
namespace {

namespace fs = std::filesystem;

/// 0, or the errno of what went wrong.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Ctrl-C waits while this lives, so that no temporary file is left.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

[[noreturn]] void refuse(const std::string& path, int error) {
  throw config::ConfigError(
      {{"command line", 1, 1, "--output",
        fleetcast::quoted(path) + " cannot be written: " + std::strerror(error)}});
}

int write_to(const std::string& path, int flags, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (file < 0) return errno;
  const int written = write_all(file, text);
  const int closed = ::close(file) == 0 ? 0 : errno;
  return written != 0 ? written : closed;
}

/// Beside the file, then renamed onto it: readers see the old one or the new one.
void write_file(const std::string& path, std::string_view text) {
  std::error_code error;
  if (fs::is_directory(path, error)) refuse(path, EISDIR);
  // A device or pipe must not be replaced by a file.
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    const int failed = write_to(path, 0, text);
    if (failed != 0 && failed != EPIPE) refuse(path, failed);
    return;
  }
  const SignalsHeld held;
  const fs::path target = fs::weakly_canonical(path, error);
  const std::string temporary = target.string() + "." + std::to_string(::getpid()) + ".tmp";
  int failed = write_to(temporary, O_CREAT | O_EXCL, text);
  if (failed == 0) {
    const fs::file_status before = fs::status(target, error);
    if (fs::exists(before)) fs::permissions(temporary, before.permissions(), error);
    fs::rename(temporary, target, error);
    failed = error.value();
  }
  if (failed == 0) return;
  if (failed != EEXIST) ::unlink(temporary.c_str());
  refuse(path, failed);
}

}  // namespace

void print(const Arguments& arguments, const std::string& text) {
  if (!arguments.output.empty()) return write_file(arguments.output, text);
  const int error = write_all(STDOUT_FILENO, text);
  if (error != 0 && error != EPIPE)
    throw std::system_error(error, std::generic_category(), "standard output");
}

report::Style style_of(const Arguments& arguments) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool is_wanted = no_color == nullptr || *no_color == '\0';
  return {.color = is_wanted && arguments.output.empty() && ::isatty(STDOUT_FILENO) == 1};
}

void complain(const std::string& text) { write_all(STDERR_FILENO, text + "\n"); }

}  // namespace fleetcast::cli
