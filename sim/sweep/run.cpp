#include "sim/sweep/run.hpp"

#include <algorithm>
#include <ctime>
#include <deque>
#include <exception>
#include <mutex>
#include <unordered_map>

#include "sim/plan/parallel.hpp"

namespace fleetcast::sweep {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

/// Points that the filters admit.
PointSet wanted_points(const Inputs& inputs) {
  PointSet out(inputs.grid.size());
  std::vector<std::uint32_t> values(inputs.axes.size());
  for (PointId point = 0; point < out.grid(); ++point) {
    inputs.grid.values_at(point, values);
    if (inputs.admits(values)) out.add(point);
  }
  return out;
}

Hash definition_of(const Inputs& inputs, const PointSet& wanted) {
  std::string all = inputs.file.spec.name + "\n";
  all += bytes_of(inputs.common);
  for (const Axis& axis : inputs.axes) {
    for (const Hash& hash : axis.hashes) all += bytes_of(hash);
    all += bytes_of(hash_of(axis.path));
  }
  all += bytes_of(hash_of(inputs.echo));
  all += bytes_of(hash_of(wanted.bytes()));
  for (const Column& column : columns_of(inputs.axes)) all += column.key + "\n";
  return hash_of(all);
}

struct HashOfHash {
  std::size_t operator()(const Hash& hash) const {
    std::size_t out = 0;
    std::copy_n(hash.begin(), sizeof out, reinterpret_cast<unsigned char*>(&out));
    return out;
  }
};

/// Where rows that are still right belong now.
std::vector<Store::Move> moves_of(const Inputs& inputs, const PointSet& wanted,
                                  const Store& store) {
  std::unordered_map<Hash, PointId, HashOfHash> known;
  for (const auto& [point, hash] : store.hashes()) known.emplace(hash, point);
  std::vector<Store::Move> out;
  if (known.empty()) return out;
  Resolver resolver(inputs);
  for (PointId point = 0; point < wanted.grid(); ++point) {
    if (!wanted.has(point)) continue;
    resolver.move_to(point);
    const auto found = known.find(resolver.hash());
    if (found == known.end()) continue;
    out.push_back({found->second, point});
    known.erase(found);  // equal points of a grid are computed each
  }
  return out;
}

/// Threads that take blocks, compute them and leave the rows for whoever writes: one at a time,
/// while the others compute on.
class Team {
 public:
  Team(const Inputs& inputs, const PointSet& missing, Store& store, const RunOptions& options,
       const std::atomic<int>& stop)
      : inputs_(inputs),
        goal_(*find_goal(inputs.file.spec.objective)),
        source_(missing, options.shard),
        store_(store),
        options_(options),
        stop_(stop) {
    PointSource counted(missing, options.shard);
    for (Points some = counted.next(4096); !some.empty(); some = counted.next(4096))
      progress_.total += some.size();
  }

  PointId run() {
    const unsigned threads = threads_or_all(options_.threads);
    {
      std::vector<std::jthread> pool;
      for (unsigned t = 1; t < threads; ++t) pool.emplace_back([this] { work(); });
      work();
    }
    if (error_) std::rethrow_exception(error_);
    return progress_.done;
  }

 private:
  void work() {
    try {
      Bench bench(inputs_);
      Pace pace;
      while (stop_ == 0) {
        const Points points = take(pace.count());
        if (points.empty()) return;
        const Clock::time_point begin = Clock::now();
        Rows rows = evaluate(inputs_, goal_, points, bench, stop_);
        pace.took(rows.size(), seconds_since(begin));
        leave(std::move(rows));
      }
      const std::scoped_lock writer(writing_);
      write();
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }

  Points take(std::size_t count) {
    const std::scoped_lock lock(mutex_);
    if (error_) return {};
    return source_.next(count);
  }

  void leave(Rows rows) {
    constexpr std::size_t kMostWaiting = 4;  // blocks; a slow disk must not fill the memory
    bool is_full = false;
    {
      const std::scoped_lock lock(mutex_);
      if (!rows.empty()) waiting_.push_back(std::move(rows));
      is_full = waiting_.size() >= kMostWaiting;
    }
    std::unique_lock writer(writing_, std::defer_lock);
    if (is_full) writer.lock();
    if (is_full || writer.try_lock()) write();
  }

  /// Commits what waits. Requires: writing_ is locked.
  void write() {
    while (true) {
      Rows rows;
      {
        const std::scoped_lock lock(mutex_);
        if (error_ || waiting_.empty()) return;
        rows = std::move(waiting_.front());
        waiting_.pop_front();
      }
      store_.commit(rows);
      progress_.done += rows.size();
      progress_.elapsed = Clock::now() - begin_;
      if (options_.progress) options_.progress(progress_);
    }
  }

  const Inputs& inputs_;
  const Goal& goal_;
  PointSource source_;
  Store& store_;
  const RunOptions& options_;
  const std::atomic<int>& stop_;
  Clock::time_point begin_ = Clock::now();
  std::mutex mutex_;    ///< of source_, waiting_ and error_
  std::mutex writing_;  ///< of store_ and progress_
  std::deque<Rows> waiting_;
  Progress progress_;
  std::exception_ptr error_;
};

}  // namespace

Points PointSource::next(std::size_t count) {
  Points out;
  for (; next_ < missing_.grid() && out.size() < count; ++next_)
    if (missing_.has(next_) && shard_.holds(next_)) out.push_back(next_);
  return out;
}

Rows evaluate(const Inputs& inputs, const Goal& goal, const Points& points, Bench& bench,
              const std::atomic<int>& stop) {
  Rows out;
  out.reserve(points.size());
  for (const PointId point : points) {
    if (stop != 0) break;
    const Outcome outcome = outcome_at(goal, point, bench);
    out.push_back(row_of(inputs, bench, point, outcome));
  }
  return out;
}

void Pace::took(std::size_t points, double seconds) {
  constexpr double kBlock = 0.5;
  if (points == 0) return;
  const double wanted = kBlock * double(points) / std::max(seconds, 1e-6);
  count_ = static_cast<std::size_t>(std::clamp(wanted, 1.0, double(std::min(2 * count_, kMost))));
}

Record record_of(const Inputs& inputs, std::string program) {
  Record out{.name = inputs.file.spec.name,
             .objective = inputs.file.spec.objective,
             .sweep = inputs.file.text,
             .inputs = inputs.echo,
             .program = std::move(program),
             .model_version = std::string(model_version()),
             .created = now_text(),
             .grid = inputs.grid.size(),
             .wanted = wanted_points(inputs)};
  for (const std::string& set : inputs.sets) out.sets += set + "\n";
  out.definition = hex(definition_of(inputs, out.wanted));
  return out;
}

Opened open_results(const Inputs& inputs, const Record& record, Store& store) {
  const std::vector<Column> columns = columns_of(inputs.axes);
  Opened out{record.wanted};
  if (!store.is_begun()) {
    store.begin(record, columns);
    return out;
  }
  const Record before = store.record();
  if (before.name != record.name)
    throw StoreError("", "holds the sweep \"" + before.name + "\", not \"" + record.name + "\"",
                     false);
  if (before.definition != record.definition) {
    const PointId old = store.points(before.grid).count();
    if (store.columns() == columns) {
      store.renew(record, moves_of(inputs, record.wanted, store));
    } else {
      store.replace(record, columns);
    }
    out.dropped = old - store.points(record.grid).count();
  }
  const PointSet there = store.points(record.grid);
  out.kept = there.count();
  for (PointId point = 0; point < record.grid; ++point)
    if (there.has(point)) out.missing.remove(point);
  return out;
}

PointId run(const Inputs& inputs, const PointSet& missing, Store& store, const RunOptions& options,
            const std::atomic<int>& stop) {
  return Team(inputs, missing, store, options, stop).run();
}

}  // namespace fleetcast::sweep
