#include "sim/mpi/ranks.hpp"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <optional>
#include <thread>

namespace fleetcast::mpi {
namespace {

using Clock = std::chrono::steady_clock;
using sweep::PointId;
using sweep::Points;
using sweep::Rows;

enum Tag { kAsk = 1, kAnswer };
enum Order : PointId { kWork, kWait, kStop, kLeave };  ///< leave: a rank is dead, nobody finalizes

/// A rank killed while the job starts leaves the others in MPI_Init for ever.
constexpr unsigned kStartSeconds = 60;
/// A writer that answers nobody for so many seconds is dead.
constexpr double kSilence = 60.0;
/// Seconds until a message that was begun is given up: its other end died with half of it.
constexpr double kTransfer = 5.0;
/// Seconds a block may be held, at least, before another rank gets it too; and in longest blocks.
constexpr double kPatience = 2.0, kPatienceBlocks = 4.0;
constexpr auto kNap = std::chrono::microseconds(200);

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Waits without spinning and without end: MPI_Recv does both, and never returns from the dead.
bool await(int source, int tag, double seconds, MPI_Status& status) {
  const Clock::time_point begin = Clock::now();
  while (true) {
    int is_there = 0;
    if (MPI_Iprobe(source, tag, MPI_COMM_WORLD, &is_there, &status) != MPI_SUCCESS) return false;
    if (is_there != 0) return true;
    if (since(begin) > seconds) return false;
    std::this_thread::sleep_for(kNap);
  }
}

/// Whether a message gets through. One that does not keeps its buffer: MPI may still touch it.
template <class T>
bool completes(MPI_Request request, std::vector<T>& buffer) {
  const Clock::time_point begin = Clock::now();
  while (since(begin) < kTransfer) {
    int is_done = 0;
    if (MPI_Test(&request, &is_done, MPI_STATUS_IGNORE) != MPI_SUCCESS) break;
    if (is_done != 0) return true;
    std::this_thread::sleep_for(kNap);
  }
  static std::deque<std::vector<T>> given_up;
  given_up.push_back(std::move(buffer));
  return false;
}

/// The message that await() found. False: its sender died.
template <class T>
bool receive(const MPI_Status& status, std::vector<T>& out) {
  int count = 0;
  MPI_Get_count(&status, MPI_BYTE, &count);
  out.resize(static_cast<std::size_t>(count) / sizeof(T));
  MPI_Request request{};
  MPI_Irecv(out.data(), count, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD,
            &request);
  return completes(request, out);
}

/// Rank 0: who holds which block, and what is done.
class Writer {
 public:
  Writer(const sweep::PointSet& missing, sweep::Store& store, const sweep::RunOptions& options,
         const std::atomic<int>& stop, int size)
      : missing_(missing),
        store_(store),
        options_(options),
        stop_(stop),
        source_(missing_, options.shard),
        ranks_(static_cast<std::size_t>(size)),
        asking_(size - 1) {
    sweep::PointSource counted(missing, options.shard);
    for (Points some = counted.next(kCounted); !some.empty(); some = counted.next(kCounted))
      progress_.total += some.size();
  }

  /// Until all ranks were told to stop, or those that were not are silent.
  void run() {
    Clock::time_point heard = Clock::now();
    while (asking_ > 0) {
      MPI_Status status;
      if (!await(MPI_ANY_SOURCE, kAsk, 0.2, status)) {
        const double patience = is_over() ? limit() : std::max(10.0, 10.0 * longest_);
        if (stop_ != 0 || since(heard) > patience) return;
        continue;
      }
      heard = Clock::now();
      answer(status);
    }
  }

  [[nodiscard]] bool is_whole() const { return asking_ == 0 && !was_late_; }
  [[nodiscard]] const sweep::Progress& progress() const { return progress_; }
  [[nodiscard]] const sweep::PointSet& missing() const { return missing_; }

 private:
  static constexpr std::size_t kCounted = 4096;
  struct Held {
    Points points;
    Clock::time_point since;
  };
  struct Rank {
    std::optional<Held> held;
    sweep::Pace pace;
  };

  [[nodiscard]] bool is_over() const { return stop_ != 0 || progress_.done == progress_.total; }
  [[nodiscard]] double limit() const { return std::max(kPatience, kPatienceBlocks * longest_); }

  void answer(const MPI_Status& status) {
    std::vector<char> bytes;
    if (!receive(status, bytes)) return lose_rank();
    Rank& rank = ranks_[static_cast<std::size_t>(status.MPI_SOURCE)];
    if (rank.held) take({bytes.data(), bytes.size()}, rank);
    Points order = next_order(rank);
    if (order.front() == kStop || order.front() == kLeave) --asking_;
    MPI_Request sending{};
    MPI_Isend(order.data(), static_cast<int>(order.size() * sizeof(PointId)), MPI_BYTE,
              status.MPI_SOURCE, kAnswer, MPI_COMM_WORLD, &sending);
    if (!completes(sending, order)) lose_rank();
  }

  /// What a dead rank holds is late some time, and goes to another. That nobody was answered
  /// meanwhile makes no other rank slow.
  void lose_rank() {
    was_late_ = true;
    for (Rank& rank : ranks_)
      if (rank.held)
        rank.held->since +=
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(kTransfer));
  }

  void take(std::string_view bytes, Rank& rank) {
    const double seconds = since(rank.held->since);
    Rows rows = sweep::rows_from(bytes);
    rank.pace.took(rows.size(), seconds);
    longest_ = std::max(longest_, seconds);
    rank.held.reset();
    std::erase_if(rows, [&](const sweep::Row& row) { return !missing_.has(row.point); });
    if (rows.empty()) return;  // another rank was sooner
    store_.commit(rows);
    for (const sweep::Row& row : rows) missing_.remove(row.point);
    progress_.done += rows.size();
    progress_.elapsed = Clock::now() - begin_;
    if (options_.progress) options_.progress(progress_);
  }

  Points next_order(Rank& rank) {
    if (is_over()) return {was_late_ || anyone_late() ? kLeave : kStop};
    Points points = source_.next(rank.pace.count());
    if (points.empty()) points = late_points();
    if (points.empty()) return {kWait};
    rank.held = Held{points, Clock::now()};
    points.insert(points.begin(), kWork);
    return points;
  }

  [[nodiscard]] bool is_late(const Rank& rank) const {
    return rank.held && since(rank.held->since) > limit();
  }
  [[nodiscard]] bool anyone_late() const {
    return std::any_of(ranks_.begin(), ranks_.end(), [&](const Rank& r) { return is_late(r); });
  }

  /// A block that a rank holds for too long, and nobody else has yet.
  Points late_points() {
    for (const Rank& rank : ranks_) {
      if (!is_late(rank)) continue;
      was_late_ = true;
      const Points& points = rank.held->points;
      const auto holders = std::count_if(ranks_.begin(), ranks_.end(), [&](const Rank& other) {
        return other.held && other.held->points.front() == points.front();
      });
      if (holders == 1 && missing_.has(points.front())) return points;
    }
    return {};
  }

  sweep::PointSet missing_;
  sweep::Store& store_;
  const sweep::RunOptions& options_;
  const std::atomic<int>& stop_;
  sweep::PointSource source_;
  std::vector<Rank> ranks_;
  int asking_;
  bool was_late_ = false;
  double longest_ = 0;  ///< seconds of a block
  Clock::time_point begin_ = Clock::now();
  sweep::Progress progress_;
};

/// Open MPI's shared memory reads from that of the sender: of a dead one without end. Sockets
/// close. So a job that is to survive (mpirun --enable-recovery) does without it.
void avoid_shared_memory() {
  const char* recovers = std::getenv("OMPI_MCA_orte_enable_recovery");
  if (recovers != nullptr && std::string_view(recovers) == "1")
    ::setenv("OMPI_MCA_btl", "^vader", 0);
}

}  // namespace

Job::Job() {
  avoid_shared_memory();
  ::alarm(kStartSeconds);
  int level = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
  ::alarm(0);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

PointId Job::write(const sweep::Inputs& inputs, const sweep::PointSet& missing, sweep::Store& store,
                   const sweep::RunOptions& options, const std::atomic<int>& stop) {
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  is_whole_ = false;  // until the end: a full disk throws
  Writer writer(missing, store, options, stop, size);
  writer.run();
  is_whole_ = writer.is_whole();
  const PointId done = writer.progress().done;
  if (stop != 0 || done == writer.progress().total) return done;
  return done + sweep::run(inputs, writer.missing(), store, options, stop);
}

void Job::serve(const sweep::Inputs& inputs) {
  const sweep::Goal& goal = *sweep::find_goal(inputs.file.spec.objective);
  const std::atomic<int> never{0};
  sweep::Bench bench(inputs);
  std::string bytes = sweep::bytes_of(Rows{});  // nothing yet
  Points order;
  while (true) {
    MPI_Request sending{};
    MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, 0, kAsk, MPI_COMM_WORLD,
              &sending);
    MPI_Status status;
    is_whole_ = await(0, kAnswer, kSilence, status) && receive(status, order);
    if (!is_whole_) return;
    MPI_Wait(&sending, MPI_STATUS_IGNORE);  // answered, so it was received
    is_whole_ = order.front() != kLeave;
    if (order.front() == kStop || order.front() == kLeave) return;
    if (order.front() == kWait) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    order.erase(order.begin());
    bytes = sweep::bytes_of(sweep::evaluate(inputs, goal, order, bench, never));
  }
}

void Job::end(int code) const {
  if (!is_whole_) ::_exit(code);
  MPI_Finalize();
  std::exit(code);
}

}  // namespace fleetcast::mpi
