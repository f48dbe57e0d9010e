#pragma once

// The points of a sweep, computed and stored: what is missing in blocks (PointSource), rows of a
// block (evaluate), one writer (Store::commit). Threads here, or processes elsewhere, do the
// middle.

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "sim/sweep/store.hpp"

namespace fleetcast::sweep {

/// Blocks of points still to be computed, in their order. Not for several threads at once.
class PointSource {
 public:
  /// Requires: the set outlives it.
  PointSource(const PointSet& missing, Shard shard) : missing_(missing), shard_(shard) {}

  /// At most `count` points; none when all were handed out.
  Points next(std::size_t count);

 private:
  const PointSet& missing_;
  Shard shard_;
  PointId next_ = 0;
};

/// Rows of these points, or of the first of them when `stop` was set meanwhile.
Rows evaluate(const Inputs& inputs, const Goal& goal, const Points& points, Bench& bench,
              const std::atomic<int>& stop);

/// How many points a worker takes next, so that a block lasts about half a second.
class Pace {
 public:
  [[nodiscard]] std::size_t count() const { return count_; }
  void took(std::size_t points, double seconds);

 private:
  static constexpr std::size_t kFirst = 1, kMost = 2048;
  std::size_t count_ = kFirst;
};

/// What a sweep's file of results is of.
Record record_of(const Inputs& inputs, std::string program);

/// What opening the results found.
struct Opened {
  PointSet missing;     ///< of the whole sweep, whatever the shard
  PointId kept = 0;     ///< rows that are of these inputs
  PointId dropped = 0;  ///< of others
};
/// Makes the store that of this sweep. Throws: StoreError, such as for results of another sweep.
Opened open_results(const Inputs& inputs, const Record& record, Store& store);

struct Progress {
  PointId done = 0;   ///< in this run
  PointId total = 0;  ///< to do in this run
  std::chrono::steady_clock::duration elapsed{};
};

struct RunOptions {
  unsigned threads = 0;  ///< 0: all of the machine
  Shard shard;
  std::function<void(const Progress&)> progress;  ///< after each commit; called by one at a time
};

/// How many points were computed and committed. Ends early, with what is done committed, when
/// `stop` is not 0. Throws: StoreError; what was committed stays.
PointId run(const Inputs& inputs, const PointSet& missing, Store& store, const RunOptions& options,
            const std::atomic<int>& stop);

}  // namespace fleetcast::sweep
