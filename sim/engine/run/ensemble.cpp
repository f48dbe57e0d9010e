#include "sim/engine/run/ensemble.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace fleetcast {
namespace {

static_assert(std::is_trivially_copyable_v<NumberedOutcome>, "goes through a pipe as it is");

constexpr int kPatience = 200;  ///< ms until signals and progress are looked at

/// Worker w of n simulates runs w, w + n, w + 2 n, ...
std::uint64_t share_of(std::uint64_t runs, std::size_t worker, std::size_t workers) {
  return (runs - worker + workers - 1) / workers;
}

/// Whole, or the reader is gone.
bool write_all(int pipe, const NumberedOutcome& outcome) {
  const char* at = reinterpret_cast<const char*>(&outcome);
  for (std::size_t left = sizeof outcome; left > 0;) {
    const ssize_t written = ::write(pipe, at, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    at += written;
    left -= static_cast<std::size_t>(written);
  }
  return true;
}

[[noreturn]] void work(const JobSpec& spec, const EnsembleOptions& options, std::size_t worker,
                       std::size_t workers, int pipe) {
  // Ctrl-C goes to the whole group: whoever started this one decides.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  try {
    for (std::uint64_t run = worker; run < options.runs; run += workers)
      if (!write_all(pipe, {run, simulate_job(spec, options.seed, run)})) ::_exit(1);
  } catch (...) {
    ::_exit(2);
  }
  ::_exit(0);
}

/// A process that simulates its share, and what it has sent.
class Worker {
 public:
  Worker(std::size_t index, std::uint64_t share) : index_(index), share_(share) {}
  Worker(Worker&& o) noexcept
      : index_(o.index_),
        share_(o.share_),
        pipe_(std::exchange(o.pipe_, -1)),
        process_(std::exchange(o.process_, -1)) {}
  Worker& operator=(Worker&&) = delete;
  ~Worker() {
    if (pipe_ >= 0) ::close(pipe_);
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    reap();
  }

  /// Requires: `workers` are those that have started.
  void start(const JobSpec& spec, const EnsembleOptions& options, std::size_t count,
             const std::vector<Worker>& workers) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
      throw std::system_error(errno, std::generic_category(), "a pipe for a worker");
    process_ = ::fork();
    if (process_ == 0) {
      // Held open here, a pipe would not break when its reader dies.
      for (const Worker& other : workers)
        if (other.pipe_ >= 0) ::close(other.pipe_);
      ::close(ends[0]);
      work(spec, options, index_, count, ends[1]);
    }
    const int failed = errno;
    ::close(ends[1]);
    pipe_ = ends[0];
    if (process_ < 0) throw std::system_error(failed, std::generic_category(), "a worker process");
  }

  [[nodiscard]] int pipe() const { return pipe_; }

  /// What has come; at its end, whether all has. Throws: WorkerLost.
  void receive(std::vector<NumberedOutcome>& out) {
    std::array<char, 16 * sizeof(NumberedOutcome)> piece;
    const ssize_t size = ::read(pipe_, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) return;
    if (size <= 0) return end();
    bytes_.insert(bytes_.end(), piece.begin(), piece.begin() + size);
    std::size_t at = 0;
    for (; bytes_.size() - at >= sizeof(NumberedOutcome); at += sizeof(NumberedOutcome)) {
      std::memcpy(&out.emplace_back(), bytes_.data() + at, sizeof(NumberedOutcome));
      ++received_;
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }

 private:
  int reap() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

  void end() {
    ::close(std::exchange(pipe_, -1));
    const int status = reap();
    if (received_ == share_ && bytes_.empty()) return;
    const std::string how = WIFSIGNALED(status)
                                ? "was killed by signal " + std::to_string(WTERMSIG(status))
                                : "ended with code " + std::to_string(WEXITSTATUS(status));
    throw WorkerLost("a process that simulates " + how + " after " + std::to_string(received_) +
                     " of its " + std::to_string(share_) + " runs");
  }

  std::size_t index_;
  std::uint64_t share_, received_ = 0;
  int pipe_ = -1;
  pid_t process_ = -1;
  std::vector<char> bytes_;
};

/// Waits until some worker has something, or for a while. False: no worker is left.
bool receive_some(std::vector<Worker>& workers, std::vector<NumberedOutcome>& out) {
  std::vector<pollfd> polled;
  std::vector<Worker*> asked;
  for (Worker& worker : workers) {
    if (worker.pipe() < 0) continue;
    polled.push_back({worker.pipe(), POLLIN, 0});
    asked.push_back(&worker);
  }
  if (polled.empty()) return false;
  if (::poll(polled.data(), polled.size(), kPatience) <= 0) return true;
  for (std::size_t i = 0; i < polled.size(); ++i)
    if (polled[i].revents != 0) asked[i]->receive(out);
  return true;
}

}  // namespace

std::vector<NumberedOutcome> simulate_jobs(const JobSpec& spec, const EnsembleOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>(std::max(1U, options.processes), options.runs));
  std::vector<Worker> workers;
  for (std::size_t w = 0; w < count; ++w) {
    Worker worker(w, share_of(options.runs, w, count));
    worker.start(spec, options, count, workers);
    workers.push_back(std::move(worker));
  }
  std::vector<NumberedOutcome> out;
  while (receive_some(workers, out)) {
    if (options.stop != nullptr && *options.stop != 0) break;
    if (options.progress)
      options.progress({out.size(), options.runs, std::chrono::steady_clock::now() - begin});
  }
  std::sort(out.begin(), out.end(),
            [](const NumberedOutcome& a, const NumberedOutcome& b) { return a.run < b.run; });
  return out;
}

}  // namespace fleetcast
