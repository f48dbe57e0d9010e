#include "sim/cli/output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

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

/// Beside the file, then renamed onto it: readers see the old one or the new one.
void write_file(const std::string& path, std::string_view text) {
  const SignalsHeld held;
  Output output(path);
  output.add(text);
  output.finish();
}

}  // namespace

Output::Output(std::string path, std::string option)
    : path_(std::move(path)), option_(std::move(option)), file_(STDOUT_FILENO) {
  if (path_.empty()) return;
  std::error_code error;
  if (fs::is_directory(path_, error)) refuse(EISDIR);
  // A device or pipe must not be replaced by a file.
  const bool is_special = fs::exists(path_, error) && !fs::is_regular_file(path_, error);
  if (!is_special) {
    target_ = fs::weakly_canonical(path_, error).string();
    temporary_ = target_ + "." + std::to_string(::getpid()) + ".tmp";
  }
  const std::string& opened = is_special ? path_ : temporary_;
  const int flags = is_special ? 0 : O_CREAT | O_EXCL;
  file_ = ::open(opened.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (path_.ends_with(".gz")) gzip_ = std::make_unique<Gzip>();
  if (file_ >= 0) return;
  const int failed = errno;
  temporary_.clear();
  refuse(failed);
}

Output::~Output() {
  if (!path_.empty() && file_ >= 0) ::close(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void Output::refuse(int error) const {
  throw config::ConfigError(
      {{"command line", 1, 1, option_,
        fleetcast::quoted(path_) + " cannot be written: " + std::strerror(error)}});
}

bool Output::add(std::string_view text) {
  if (!gzip_) return put(text);
  return gzip_->add(text, [this](std::string_view bytes) { return put(bytes); });
}

bool Output::put(std::string_view bytes) {
  const int error = write_all(file_, bytes);
  if (error == EPIPE && temporary_.empty()) return false;
  if (error == 0) return true;
  if (path_.empty()) throw std::system_error(error, std::generic_category(), "standard output");
  refuse(error);
}

void Output::finish() {
  if (path_.empty()) return;
  if (gzip_) gzip_->finish([this](std::string_view bytes) { return put(bytes); });
  if (::close(std::exchange(file_, -1)) != 0) refuse(errno);
  if (temporary_.empty()) return;
  std::error_code error;
  const fs::file_status before = fs::status(target_, error);
  if (fs::exists(before)) fs::permissions(temporary_, before.permissions(), error);
  fs::rename(temporary_, target_, error);
  if (error) refuse(error.value());
  temporary_.clear();
}

void print(const Arguments& arguments, const std::string& text) {
  if (!arguments.output.empty()) return write_file(arguments.output, text);
  Output("").add(text);
}

report::Style style_of(const Arguments& arguments) {
  if (arguments.color != "auto") return {.color = arguments.color == "always"};
  const char* no_color = std::getenv("NO_COLOR");
  const bool is_wanted = no_color == nullptr || *no_color == '\0';
  return {.color = is_wanted && arguments.output.empty() && ::isatty(STDOUT_FILENO) == 1};
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", std::gmtime(&now));
  return text.data();
}

void complain(const std::string& text) { write_all(STDERR_FILENO, text + "\n"); }

}  // namespace fleetcast::cli
